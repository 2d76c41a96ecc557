import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Artifacts,
  BundleWant,
  Claim,
  GatherContext,
  Manifest,
  PreparedArtifact,
  Unmet,
} from '@stave/api';
import { type StaveError, toStaveError } from '@stave/api';
import type { PackageJson } from '../manifest/package-json.js';
import { peerRanges } from '../manifest/peer-ranges.js';
import type { CompiledModule } from '../modules/compiled-module.js';
import { completeManifest } from './complete-manifest.js';
import { expandClaims } from './expander.js';
import { claimId } from './owners.js';
import type { ResourceTypeRegistry } from './resource-type-registry.js';
import type { CompiledRevision, RevisionIndex } from './revision-index.js';
import type { ArtifactPin } from './state.js';

/** How many artifacts are prepared at a time. */
const WIDTH = 8;

/** What the gatherer needs of the compiler. */
export interface ModuleCompiler {
  compile(
    artifact: { readonly digest: string; readonly root: string; readonly manifest: Manifest },
    options: {
      readonly signal?: AbortSignal;
      readonly peerRanges?: ReadonlyMap<string, string>;
      readonly everyBareNameIsImport?: boolean;
    },
  ): Promise<CompiledModule>;
}

export interface GatherRequest {
  /** Claims as they will be, in order of precedence. */
  readonly claims: readonly Claim[];
  readonly pins: Readonly<Record<string, string>>;
  readonly artifacts: Readonly<Record<string, ArtifactPin>>;
  /** Locations to fetch again. */
  readonly update: ReadonlySet<string>;
  /** Locations that failed before and are not tried again, unless a claim on them is touched. */
  readonly skip: ReadonlyMap<string, StaveError>;
  /** Ids of the claims that the change sets. */
  readonly touched: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** What was gathered: for each location that was looked at a pin or an error. */
export interface Gathered {
  readonly pins: ReadonlyMap<string, ArtifactPin>;
  readonly failures: ReadonlyMap<string, StaveError>;
  readonly unmet: readonly Unmet[];
}

/** The first phase: downloads, prepares and compiles what claims need. Changes only caches, runs outside the queue. */
export class Gatherer {
  readonly #types: ResourceTypeRegistry;
  readonly #artifacts: Artifacts;
  readonly #compiler: ModuleCompiler;
  readonly #revisions: RevisionIndex;
  readonly #apiVersion: string;

  constructor(
    types: ResourceTypeRegistry,
    artifacts: Artifacts,
    compiler: ModuleCompiler,
    revisions: RevisionIndex,
    apiVersion: string,
  ) {
    this.#types = types;
    this.#artifacts = artifacts;
    this.#compiler = compiler;
    this.#revisions = revisions;
    this.#apiVersion = apiVersion;
  }

  async gather(request: GatherRequest): Promise<Gathered> {
    const unmet = await this.#gatherTypes(request);
    const { wants } = expandClaims(this.#types.all(), request.claims, request.pins, new Set());
    const locations = new Map<string, BundleWant>();
    for (const want of wants) {
      if (want.kind !== 'bundle' || locations.has(want.location)) continue;
      if (this.#isThere(want, request) || isSkipped(want, request)) continue;
      locations.set(want.location, want);
    }
    const pins = new Map<string, ArtifactPin>();
    const failures = new Map<string, StaveError>();
    const queue = [...locations.values()];
    const work = async (): Promise<void> => {
      for (let want = queue.shift(); want !== undefined; want = queue.shift()) {
        request.signal.throwIfAborted();
        try {
          pins.set(want.location, await this.#gatherBundle(want, request));
        } catch (error) {
          request.signal.throwIfAborted();
          failures.set(want.location, gatherError(error, want.location));
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(WIDTH, queue.length) }, work));
    return { pins, failures, unmet };
  }

  #isThere(want: BundleWant, request: GatherRequest): boolean {
    const pin = request.artifacts[want.location];
    return pin !== undefined && !isUpdated(want, request) && this.#revisions.get(pin.digest) !== undefined;
  }

  async #gatherTypes(request: GatherRequest): Promise<readonly Unmet[]> {
    const claimsOf = (type: string): readonly Claim[] =>
      request.claims.filter((claim) => claim.type === type);
    const unmet: Unmet[] = [];
    // One after the other: a type may need what another gathered (features need their repositories).
    for (const type of this.#types.all().toReversed()) {
      const context: GatherContext = {
        claims: claimsOf(type.name),
        claimsOf,
        pins: request.pins,
        update: request.update,
        signal: request.signal,
      };
      unmet.push(...(await type.gather(context)));
    }
    return unmet;
  }

  async #gatherBundle(want: BundleWant, request: GatherRequest): Promise<ArtifactPin> {
    const { location, integrity } = want;
    const pin = request.artifacts[location];
    const update = isUpdated(want, request);
    const prepared = await this.#artifacts.prepare(location, {
      signal: request.signal,
      update,
      ...(pin && !update ? { pinned: pin.digest } : {}),
      ...(integrity ? { integrity } : {}),
    });
    await this.#compile(prepared, request.signal);
    return {
      digest: prepared.digest,
      ...(prepared.fingerprint === undefined ? {} : { fingerprint: prepared.fingerprint }),
    };
  }

  /** Prepares and compiles one artifact of the store again, after its caches were lost. */
  async restore(location: string, pin: ArtifactPin, signal: AbortSignal): Promise<CompiledRevision> {
    const prepared =
      this.#artifacts.stored(pin.digest) ??
      (await this.#artifacts.prepare(location, { signal, pinned: pin.digest }));
    return this.#compile(prepared, signal);
  }

  async #compile(prepared: PreparedArtifact, signal: AbortSignal): Promise<CompiledRevision> {
    const known = this.#revisions.get(prepared.digest);
    if (known) return known;
    const packageJson = await readPackageJson(prepared.root);
    const peers = [...peerRanges(packageJson)].map(([name, { range }]) => [name, range] as const);
    const compiled = await this.#compiler.compile(prepared, {
      signal,
      peerRanges: new Map(peers),
      everyBareNameIsImport: packageJson === undefined,
    });
    const revision: CompiledRevision = {
      digest: prepared.digest,
      root: prepared.root,
      manifest: completeManifest(
        prepared.manifest,
        packageJson ?? { name: prepared.manifest.name, version: prepared.manifest.version },
        compiled.imports.map(({ name }) => name),
        this.#apiVersion,
      ),
      compiled,
    };
    this.#revisions.add(revision);
    return revision;
  }
}

/** What the disk says when it is full or may not be written. */
const STORAGE_CODES: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'EMFILE',
]);

function gatherError(error: unknown, location: string): StaveError {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return toStaveError(error, STORAGE_CODES.has(code) ? 'STAVE_STORAGE' : 'STAVE_TX_FAILED', location);
}

/** What is asked for once more is looked at again, when only its last good revision is in force. */
function isUpdated({ location, claims }: BundleWant, { update, artifacts, touched }: GatherRequest): boolean {
  if (update.has(location)) return true;
  return artifacts[location]?.refused !== undefined && claims.some((claim) => touched.has(claimId(claim)));
}

function isSkipped({ location, claims }: BundleWant, { skip, touched }: GatherRequest): boolean {
  return skip.has(location) && !claims.some((claim) => touched.has(claimId(claim)));
}

/** The package.json of a prepared artifact; a single file has none. */
async function readPackageJson(root: string): Promise<PackageJson | undefined> {
  try {
    return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as PackageJson;
  } catch {
    return undefined;
  }
}

import { type BundleWant, type ClaimRef, type Manifest, type Override, overrideKey } from '@stave/api';
import { compareVersions } from '../base/version.js';
import type { BundleSpec, WireSpec } from '../framework/bundle-entry.js';
import { type Identified, identify } from './identify.js';
import { wireBundles } from './wire-bundles.js';

export const DEFAULT_START_LEVEL = 80;

/** An artifact that can stand for a location. */
export interface Candidate {
  readonly location: string;
  readonly digest: string;
  readonly manifest: Manifest;
}

/** Why a wanted bundle is not there, or not resolved. */
export interface BundleFailure {
  readonly location: string;
  readonly code: string;
  readonly reason: string;
  readonly claims: readonly ClaimRef[];
}

export interface AssemblerInput {
  /** In order of precedence. */
  readonly wants: readonly BundleWant[];
  /** The artifact for a location; a failure when it cannot be had; undefined when nobody has looked yet. */
  readonly candidate: (
    location: string,
  ) => Candidate | Omit<BundleFailure, 'location' | 'claims'> | undefined;
  readonly current: readonly BundleSpec[];
  /** Bundles that could not be brought back so far. */
  readonly lost: readonly BundleSpec[];
  readonly overrides: readonly Override[];
  readonly nextId: number;
  /** Packages of the system bundle with their versions. */
  readonly system: Readonly<Record<string, string>>;
  /** Names of bundles whose wires are chosen anew, or all. */
  readonly repin: ReadonlySet<string> | 'all';
  /** Whether importers keep what they are wired to, although it is updated. */
  readonly noRefresh: boolean;
}

/** What is to be installed: the observed state that the transaction aims at. */
export interface Assembly {
  /** By id. */
  readonly specs: readonly BundleSpec[];
  /** Bundles that are wanted and were there, but whose artifact cannot be had any longer. */
  readonly lost: readonly BundleSpec[];
  readonly failures: readonly BundleFailure[];
  /** Locations that must be gathered before there can be a plan. */
  readonly missing: readonly string[];
  /** Bundles whose code must be bound anew, with the reason; new ones are not named. */
  readonly rewired: ReadonlyMap<number, string>;
  readonly notes: readonly string[];
  readonly nextId: number;
}

/** Wants of one location, merged. */
export interface MergedWant {
  readonly location: string;
  readonly start: boolean;
  readonly startLevel: number | undefined;
  readonly by: readonly string[];
  readonly claims: readonly ClaimRef[];
}

/** One want for each location; the first that says something about start or level wins. */
export function mergeWants(wants: readonly BundleWant[]): readonly MergedWant[] {
  const groups = new Map<string, BundleWant[]>();
  for (const want of wants) {
    const group = groups.get(want.location);
    if (group) group.push(want);
    else groups.set(want.location, [want]);
  }
  return [...groups].map(([location, group]) => ({
    location,
    start: group.find((want) => want.start !== undefined)?.start ?? true,
    startLevel: group.find((want) => want.startLevel !== undefined)?.startLevel,
    by: [...new Set(group.map((want) => want.by))],
    claims: group.flatMap((want) => want.claims),
  }));
}

/** A pure function: the same wants, artifacts and present bundles give the same assembly. */
export function assemble(input: AssemblerInput): Assembly {
  const failures: BundleFailure[] = [];
  const missing: string[] = [];
  const found: { want: MergedWant; candidate: Candidate }[] = [];
  for (const want of mergeWants(input.wants)) {
    const candidate = input.candidate(want.location);
    if (candidate === undefined) missing.push(want.location);
    else if ('code' in candidate)
      failures.push({ ...candidate, location: want.location, claims: want.claims });
    else found.push({ want, candidate });
  }
  const gone = new Set(failures.map((failure) => failure.location));
  const known = [...input.current, ...input.lost];
  const lost = known.filter((spec) => gone.has(spec.location));
  const free = known.filter((spec) => !gone.has(spec.location));
  const { bundles, duplicates, nextId } = identify(found, free, input.nextId);
  failures.push(...duplicates);
  const wiring = wireBundles(bundles, input);
  for (const bundle of bundles) {
    const reason = wiring.unresolved.get(bundle.id);
    if (reason !== undefined) {
      failures.push({
        location: bundle.location,
        code: 'STAVE_RESOLVE_FAILED',
        reason,
        claims: bundle.want.claims,
      });
    }
  }
  const before = new Map(input.current.map((spec) => [spec.id, spec]));
  const specs = toSpecs(bundles, wiring.wires, wiring.unresolved, input.overrides).map((spec) => {
    // The same object, so that what was made of it need not be made again.
    const old = before.get(spec.id);
    return old && sameSpecs(old, spec) ? old : spec;
  });
  return {
    specs,
    lost,
    failures,
    missing,
    rewired: rewiredBundles(specs, input.current, input.noRefresh),
    notes: wiring.notes,
    nextId,
  };
}

function toSpecs(
  bundles: readonly Identified[],
  wires: ReadonlyMap<number, readonly WireSpec[]>,
  unresolved: ReadonlyMap<number, string>,
  overrides: readonly Override[],
): readonly BundleSpec[] {
  const byKey = new Map(overrides.map((override) => [override.bundle, override]));
  const winners = singletonWinners(bundles.filter((bundle) => !unresolved.has(bundle.id)));
  const present = new Map(bundles.map((bundle) => [bundle.id, bundle]));
  return bundles
    .map((bundle): BundleSpec => {
      const { manifest, want } = bundle;
      const override = byKey.get(overrideKey(manifest));
      const winner = winners.get(manifest.name);
      const beaten = manifest.singleton && winner !== undefined && winner.id !== bundle.id;
      const waits =
        unresolved.get(bundle.id) ??
        (beaten
          ? `is a singleton: ${winner.manifest.version} is the highest version and starts instead`
          : pendingRefresh(wires.get(bundle.id) ?? [], present));
      return {
        id: bundle.id,
        location: bundle.location,
        name: manifest.name,
        version: manifest.version,
        digest: bundle.digest,
        startLevel: override?.startLevel ?? want.startLevel ?? manifest.startLevel ?? DEFAULT_START_LEVEL,
        start: want.start && !override?.stopped && !beaten,
        wires: wires.get(bundle.id) ?? [],
        waits,
        resolved: !unresolved.has(bundle.id),
      };
    })
    .sort((a, b) => a.id - b.id);
}

/** What is still bound to a former revision of what it imports. */
function pendingRefresh(
  wires: readonly WireSpec[],
  present: ReadonlyMap<number, Identified>,
): string | undefined {
  const pending = wires.filter(
    ({ provider, digest }) => provider !== 0 && present.get(provider)?.digest !== digest,
  );
  if (pending.length === 0) return undefined;
  return `still uses the former ${pending.map((wire) => `${wire.package} ${wire.version}`).join(', ')} until bundle:refresh`;
}

/** For each name of a singleton the bundle that may start: the highest version, then the location. */
function singletonWinners(bundles: readonly Identified[]): ReadonlyMap<string, Identified> {
  const winners = new Map<string, Identified>();
  for (const bundle of bundles) {
    if (!bundle.manifest.singleton) continue;
    const other = winners.get(bundle.manifest.name);
    const order = other ? compareVersions(bundle.manifest.version, other.manifest.version) : 1;
    if (order > 0 || (order === 0 && other && bundle.location < other.location))
      winners.set(bundle.manifest.name, bundle);
  }
  return winners;
}

function sameSpecs(a: BundleSpec, b: BundleSpec): boolean {
  const { wires: wiresBefore, ...before } = a;
  const { wires: wiresAfter, ...after } = b;
  const fields = Object.keys(after) as (keyof typeof after)[];
  return fields.every((field) => before[field] === after[field]) && sameWires(wiresBefore, wiresAfter);
}

function sameWires(a: readonly WireSpec[], b: readonly WireSpec[]): boolean {
  return (
    a.length === b.length &&
    a.every((wire, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        wire.package === other.package &&
        wire.version === other.version &&
        wire.provider === other.provider &&
        wire.digest === other.digest
      );
    })
  );
}

/** Bundles that are there already and must be bound anew: their own wires change, or something that they are wired to is bound anew. */
function rewiredBundles(
  specs: readonly BundleSpec[],
  current: readonly BundleSpec[],
  noRefresh: boolean,
): ReadonlyMap<number, string> {
  const before = new Map(current.map((spec) => [spec.id, spec]));
  const after = new Map(specs.map((spec) => [spec.id, spec]));
  const rewired = new Map<number, string>();
  const changed = new Set<number>();
  for (const spec of specs) {
    const old = before.get(spec.id);
    if (!old) continue;
    if (old.digest !== spec.digest) changed.add(spec.id);
    else if (old.resolved !== spec.resolved || !sameWires(old.wires, spec.wires)) {
      rewired.set(spec.id, wireReason(old, spec, after));
      changed.add(spec.id);
    }
  }
  for (let grew = !noRefresh; grew; ) {
    grew = false;
    for (const spec of specs) {
      if (changed.has(spec.id) || !before.has(spec.id)) continue;
      const wire = spec.wires.find((candidate) => changed.has(candidate.provider));
      if (!wire) continue;
      rewired.set(
        spec.id,
        `imports ${wire.package} from ${after.get(wire.provider)?.name ?? 'a bundle'}, which is wired anew`,
      );
      changed.add(spec.id);
      grew = true;
    }
  }
  return rewired;
}

function wireReason(old: BundleSpec, spec: BundleSpec, after: ReadonlyMap<number, BundleSpec>): string {
  if (!spec.resolved) return spec.waits ?? 'is no longer resolved';
  if (!old.resolved) return 'what it waited for is there';
  const wire = spec.wires.find(
    (candidate) =>
      !old.wires.some((other) => other.package === candidate.package && sameWires([other], [candidate])),
  );
  if (!wire) return 'an optional import is gone';
  const provider = after.get(wire.provider);
  const former = old.wires.find((other) => other.package === wire.package);
  return former?.provider === wire.provider
    ? `imports ${wire.package} from ${provider?.name ?? 'the runtime'}, which is updated`
    : `imports ${wire.package}, now from ${provider?.name ?? 'the runtime'} ${wire.version}`;
}

import { realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { type AbortOptions, StaveError } from '@stave/api';
import { sha256 } from '../base/digest.js';
import type { DependencyCache } from './dependency-cache.js';
import { collectDependencies, type Placement } from './dependency-graph.js';
import { fingerprintOf, isRacy } from './fingerprint.js';
import { type FolderFile, foreignFiles, listFolder, ownFile } from './gather-folder.js';
import type { ArtifactLimits, UnpackBudget } from './limits.js';
import { exists, LOCKFILES, type NpmInput, npmInput } from './npm-input.js';
import type { PackageFile } from './package-file.js';
import type { Npm } from './run-npm.js';
import type { MakeFolder } from './staging.js';
import { type StorageFileSystem, writing } from './storage.js';
import type { DependencySegment, TreeFile } from './tree.js';

export interface DependencyRequest extends AbortOptions {
  /** The package, with its package.json read. */
  readonly folder: string;
  readonly file: PackageFile;
  /**
   * `folder`: somebody works in it, and its neighbours count as in Node. `archive`: unpacked by us, what lies in it was put
   * there on purpose. `installed`: laid out by npm below `boundary`.
   */
  readonly origin: 'folder' | 'archive' | 'installed';
  /** Folder above which no node_modules is looked at; for `installed`. */
  readonly boundary?: string;
  /** Whether npm shall look for newer versions. */
  readonly update: boolean;
  readonly budget: UnpackBudget;
  readonly makeFolder: MakeFolder;
  readonly where: string;
}

export type PreparedDependencies =
  | { readonly kind: 'files'; readonly files: readonly TreeFile[] }
  | { readonly kind: 'segment'; readonly segment: DependencySegment };

export interface DependencyTools {
  readonly cache: DependencyCache;
  readonly fs: StorageFileSystem;
  readonly npm: Npm;
  readonly limits: () => ArtifactLimits;
  /** Names of packages whose install scripts may run. */
  readonly allowScripts: () => readonly string[];
  /** Folder whose `.npmrc` counts where a bundle has none. */
  readonly home: string;
}

const NONE: PreparedDependencies = { kind: 'files', files: [] };
const FLAGS = [
  '--omit=dev',
  '--legacy-peer-deps',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--workspaces=false',
];

/** Brings the production dependencies of a package together, by npm only where they are not there already. */
export class DependencyPreparer {
  readonly #tools: DependencyTools;

  constructor(tools: DependencyTools) {
    this.#tools = tools;
  }

  async prepare(request: DependencyRequest): Promise<PreparedDependencies> {
    const { file, folder, origin } = request;
    const { home, allowScripts } = this.#tools;
    const names = Object.keys({ ...file.dependencies, ...file.optionalDependencies });
    if (names.every((name) => file.imports.has(name))) return NONE;
    if (origin === 'installed') return { kind: 'files', files: await this.#installed(request) };
    const there = await this.#alreadyThere(request);
    if (there) {
      return origin === 'folder'
        ? this.#fromFolders(there, request)
        : { kind: 'files', files: listPlacements(there, request.budget).map(staged) };
    }
    return this.#byNpm(request, await npmInput(folder, file, home, allowScripts()));
  }

  /** What npm has just laid out is complete, also where `overrides` lead out of a range. */
  async #installed(request: DependencyRequest): Promise<TreeFile[]> {
    const { folder, file, boundary = folder, budget, where } = request;
    const real = realpathSync(boundary);
    const graph = await collectDependencies(folder, file, { boundary: real, checkVersions: false });
    if (graph.missing.length > 0) {
      throw new StaveError('STAVE_NPM_FAILED', `npm left out ${graph.missing.join(', ')}`, { where });
    }
    return listPlacements(graph.placements, budget).map(staged);
  }

  async #alreadyThere({
    folder,
    file,
    origin,
  }: DependencyRequest): Promise<readonly Placement[] | undefined> {
    const locked = (await Promise.all(LOCKFILES.map((name) => exists(join(folder, name))))).includes(true);
    // A lockfile of its own speaks for this folder only; what lies above it was chosen by somebody else.
    const boundary = origin === 'folder' && !locked ? sep : realpathSync(folder);
    const graph = await collectDependencies(folder, file, { boundary, checkVersions: origin === 'folder' });
    return graph.missing.length === 0 ? graph.placements : undefined;
  }

  async #fromFolders(
    placements: readonly Placement[],
    { budget, signal }: DependencyRequest,
  ): Promise<PreparedDependencies> {
    const taken = Date.now();
    const listed = listPlacements(placements, budget);
    const fingerprint = fingerprintOf(
      listed.map((entry) => ({ ...entry, path: `${entry.prefix}${entry.path}` })),
      taken,
    );
    const key = isRacy(fingerprint) ? undefined : sha256(`folders ${fingerprint.split('.')[0]}`);
    const known = key === undefined ? undefined : await this.#tools.cache.get(key);
    if (known) return { kind: 'segment', segment: known };
    const files = await foreignFiles(listed);
    if (key === undefined) return { kind: 'files', files };
    return { kind: 'segment', segment: await this.#tools.cache.put(key, files, signal) };
  }

  async #byNpm(request: DependencyRequest, input: NpmInput): Promise<PreparedDependencies> {
    const { cache, fs } = this.#tools;
    const { budget, update, signal, makeFolder } = request;
    const { key } = input;
    const known = key === undefined || update ? undefined : await cache.get(key);
    if (known) {
      for (const { size } of known.files) budget.take(1, size);
      return { kind: 'segment', segment: known };
    }
    const folder = await makeFolder();
    await writing(folder, async () => {
      for (const { name, content } of input.files) await fs.writeFile(join(folder, name), content);
      for (const { from, to } of input.copies) {
        await fs.mkdir(dirname(join(folder, to)), { recursive: true });
        await fs.copyFile(from, join(folder, to));
      }
    });
    await this.install(folder, input.command, request);
    const files = await this.#installed({ ...request, folder, boundary: folder });
    if (key === undefined) return { kind: 'files', files };
    return { kind: 'segment', segment: await cache.put(key, files, signal) };
  }

  /** Runs npm in a folder of ours that has a package.json, and the install scripts that are allowed. */
  async install(
    folder: string,
    command: 'ci' | 'install',
    { update, where, signal }: Pick<DependencyRequest, 'update' | 'where' | 'signal'>,
  ): Promise<void> {
    const { npm, limits, allowScripts } = this.#tools;
    const run = { cwd: folder, timeout: limits()['npm.timeout'], where, ...(signal ? { signal } : {}) };
    const online = '--prefer-online';
    try {
      await npm([command, ...FLAGS, update ? online : '--prefer-offline'], run);
    } catch (error) {
      // The cached list of versions may be older than the version that is asked for.
      if (update || !(error instanceof StaveError) || error.code !== 'STAVE_NPM_NOT_FOUND') throw error;
      await npm([command, ...FLAGS, online], run);
    }
    const allowed: string[] = [];
    for (const name of allowScripts()) {
      if (await exists(join(folder, 'node_modules', name, 'package.json'))) allowed.push(name);
    }
    const flags = FLAGS.filter((flag) => flag !== '--ignore-scripts');
    if (allowed.length > 0) await npm(['rebuild', ...allowed, ...flags, '--ignore-scripts=false'], run);
  }
}

type PlacedFile = FolderFile & { readonly prefix: string };

function staged(entry: PlacedFile): TreeFile {
  return ownFile(entry, entry.prefix);
}

/** The files of all packages; one that is linked from a workspace is a folder where somebody works. */
function listPlacements(placements: readonly Placement[], budget: UnpackBudget): PlacedFile[] {
  return placements.flatMap(({ path, folder }) => {
    const packed = folder.includes(`${sep}node_modules${sep}`);
    return listFolder(folder, packed ? 'package' : 'sources', budget).map((entry) => ({
      ...entry,
      prefix: `${path}/`,
    }));
  });
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type AbortOptions,
  type Artifacts,
  type FetchOptions,
  type JsonObject,
  type Manifest,
  type PreparedArtifact,
  StaveError,
} from '@stave/api';
import { type Blob, BlobStore } from './blob-store.js';
import { treeHash } from './canonical-tar.js';
import { DependencyCache } from './dependency-cache.js';
import { shownUrl } from './download.js';
import { provesUnchanged } from './fingerprint.js';
import { type Gathered, gather, isSingleFile, packageFileOf, sourceFingerprint } from './gather.js';
import { checkIntegrity, parseIntegrity } from './integrity.js';
import { type ArtifactLimits, UnpackBudget } from './limits.js';
import { type LocationRoots, type Place, placeOf, resolveLocation } from './locations.js';
import { readPackageFile } from './package-file.js';
import { DependencyPreparer } from './prepare-dependencies.js';
import { readSmallFile } from './read-file.js';
import { type Npm, runNpm } from './run-npm.js';
import { Staging } from './staging.js';
import { nodeStorage, type StorageFileSystem } from './storage.js';
import { Store } from './store.js';
import { unpackTar } from './tar-archive.js';
import { readTreeFile, sortFiles, type Tree } from './tree.js';
import { Unpacker } from './unpacker.js';

/** How manifests are made; the room `manifest` has them. */
export interface ManifestReader {
  /** @param versionOf version of a package among the prepared dependencies */
  parse(packageJson: unknown, where: string, versionOf: (name: string) => string | undefined): Manifest;
  singleFile(fileName: string, content: string, digest: string): Manifest;
}

export interface ArtifactStoreOptions {
  /** Folder `data` of the node. */
  readonly data: string;
  readonly roots: LocationRoots;
  readonly manifests: ManifestReader;
  /** Asked for every artifact, so that an edited limit counts at once. */
  readonly limits: () => ArtifactLimits;
  /** Names of packages whose install scripts may run; default none. */
  readonly allowScripts?: () => readonly string[];
  readonly fs?: StorageFileSystem;
  readonly npm?: Npm;
}

/** The content-addressed store, and the ways into it. */
export class ArtifactStore implements Artifacts {
  readonly #options: ArtifactStoreOptions;
  readonly #fs: StorageFileSystem;
  readonly #staging: Staging;
  readonly #store: Store;
  readonly #blobs: BlobStore;
  readonly #cache: DependencyCache;
  readonly #dependencies: DependencyPreparer;

  constructor(options: ArtifactStoreOptions) {
    const { data, roots, limits, allowScripts = () => [], fs = nodeStorage, npm = runNpm } = options;
    this.#options = options;
    this.#fs = fs;
    this.#staging = new Staging(join(data, 'staging'), fs);
    this.#store = new Store(join(data, 'store'), this.#staging, fs);
    this.#blobs = new BlobStore(join(data, 'blobs'), fs);
    this.#cache = new DependencyCache(join(data, 'cache', 'dependencies'), this.#staging, fs);
    this.#dependencies = new DependencyPreparer({
      cache: this.#cache,
      fs,
      npm,
      limits,
      allowScripts,
      home: roots.home,
    });
  }

  resolve(location: string, base?: string): string {
    return resolveLocation(location, base);
  }

  async prepare(location: string, options: FetchOptions = {}): Promise<PreparedArtifact> {
    const { pinned, update = false, signal } = options;
    signal?.throwIfAborted();
    if (pinned !== undefined && !update) {
      const stored = await this.#store.getWhole(pinned);
      if (stored) return { ...stored, fingerprint: undefined };
    }
    const place = placeOf(location, this.#options.roots);
    const where = shown(place, location);
    const integrity = options.integrity === undefined ? undefined : parseIntegrity(options.integrity, where);
    return this.#staging.use(async (makeFolder) => {
      const request = { where, update, integrity, makeFolder, ...(signal ? { signal } : {}) };
      const tools = {
        fs: this.#fs,
        limits: this.#options.limits,
        dependencies: this.#dependencies,
        home: this.#options.roots.home,
      };
      const gathered = await gather(place, request, tools);
      await checkTree(gathered, where);
      const { tree, fingerprint } = gathered;
      const manifestOf = (digest: string): Manifest => this.#manifestOf(tree, digest, where);
      const stored = await this.#store.add(tree, manifestOf, signal ? { signal } : {});
      return { ...stored, fingerprint };
    });
  }

  #manifestOf(tree: Tree, digest: string, where: string): Manifest {
    const { manifests } = this.#options;
    const [only, ...others] = tree.files;
    if (only && others.length === 0 && !tree.dependencies && isSingleFile(only.path)) {
      return manifests.singleFile(only.path, readTreeFile(tree, only.path) ?? '', digest);
    }
    return manifests.parse(packageFileOf(tree, where).json, `${where}/package.json`, (name) => {
      const path = `node_modules/${name}/package.json`;
      const text = readTreeFile(tree, path);
      return text === undefined ? undefined : readPackageFile(text, `${where}/${path}`).version;
    });
  }

  async read(
    location: string,
    options: FetchOptions = {},
  ): Promise<Blob & { readonly fingerprint: string | undefined }> {
    const { pinned, update = false, signal } = options;
    signal?.throwIfAborted();
    const pinnedBlob = pinned === undefined || update ? undefined : await this.#blobs.get(pinned);
    if (pinnedBlob) return { ...pinnedBlob, fingerprint: undefined };
    const place = placeOf(location, this.#options.roots);
    const limits = this.#options.limits();
    const where = shown(place, location);
    try {
      const { content, fingerprint } = await readSmallFile(place, where, {
        limits,
        ...(signal ? { signal } : {}),
      });
      if (options.integrity !== undefined) checkContent(content, options.integrity, where);
      return { ...(await this.#blobs.add(location, content)), fingerprint };
    } catch (error) {
      const unreachable = error instanceof StaveError && error.code === 'STAVE_DOWNLOAD_FAILED';
      const last = unreachable && !update ? await this.#blobs.last(location) : undefined;
      if (!last) throw error;
      if (options.integrity !== undefined) checkContent(last.content, options.integrity, where);
      return { ...last, fingerprint: undefined };
    }
  }

  stored(digest: string): PreparedArtifact | undefined {
    const stored = this.#store.get(digest);
    return stored && { ...stored, fingerprint: undefined };
  }

  /** Digests of all artifacts that are in the store. */
  digests(): readonly string[] {
    return this.#store.digests();
  }

  async unchanged(location: string, fingerprint: string): Promise<boolean> {
    const place = placeOf(location, this.#options.roots);
    if (place.kind !== 'path') return false;
    try {
      return provesUnchanged(fingerprint, sourceFingerprint(place.path));
    } catch {
      return false;
    }
  }

  /** Writes the canonical tar of a stored artifact; throws `STAVE_STORE_CORRUPT` when it is absent or damaged. */
  async writeTar(digest: string, to: Writable, { signal }: AbortOptions = {}): Promise<void> {
    await pipeline(this.#store.tar(digest), to, signal ? { signal } : {});
  }

  /** Takes an artifact in as the canonical tar that `writeTar` wrote elsewhere; throws when it has another digest. */
  async receiveTar(digest: string, from: Readable, { signal }: AbortOptions = {}): Promise<PreparedArtifact> {
    const limits = this.#options.limits();
    return this.#staging.use(async (makeFolder) => {
      const unpacker = new Unpacker(await makeFolder(), this.#fs, new UnpackBudget(limits, digest), digest);
      const options = signal ? { signal } : {};
      await unpackTar(from, unpacker, { gzip: false, limits, where: digest, ...options });
      const tree: Tree = { files: sortFiles(unpacker.finish()), dependencies: undefined };
      const manifestOf = (): Manifest => this.#manifestOf(tree, digest, digest);
      const stored = await this.#store.add(tree, manifestOf, { expected: digest, ...options });
      return { ...stored, fingerprint: undefined };
    });
  }

  /**
   * Removes artifacts and blobs that `keep` does not name, and dependency sets that nobody used for a week. `keep` must also
   * name what a running gather has been given.
   */
  async clean({ keep, dryRun }: CleanOptions): Promise<CleanResult> {
    const artifacts = this.#store.digests().filter((digest) => !keep.has(digest));
    const blobs = (await this.#blobs.digests()).filter((digest) => !keep.has(digest));
    let bytes = 0;
    for (const digest of artifacts) bytes += this.#store.sizeOf(digest);
    for (const digest of blobs) bytes += await this.#blobs.sizeOf(digest);
    if (!dryRun) {
      for (const digest of artifacts) await this.#store.remove(digest);
      for (const digest of blobs) await this.#blobs.remove(digest);
      for (const path of await this.#cache.unused())
        await this.#fs.rm(path, { recursive: true, force: true });
    }
    return { removed: [...artifacts, ...blobs].sort(), bytes };
  }

  /**
   * Flushes artifacts to the disk. Without it one that was made in the last half minute may be gone after a power cut, which
   * `recover` notices; a crash of the process takes nothing.
   */
  async settle(digests: Iterable<string>): Promise<void> {
    for (const digest of digests) await this.#store.settle(digest);
  }

  /** Removes what killed processes and power cuts left behind; called at boot, before anything is prepared. */
  async recover(): Promise<void> {
    await this.#staging.recover();
    await this.#store.recover();
    await this.#blobs.recover();
  }

  readonly info = (): JsonObject => {
    const digests = this.#store.digests();
    const bytes = digests.reduce((sum, digest) => sum + this.#store.sizeOf(digest), 0);
    return { folder: join(this.#options.data, 'store'), artifacts: digests.length, bytes };
  };
}

export interface CleanOptions {
  readonly keep: ReadonlySet<string>;
  readonly dryRun: boolean;
}

export interface CleanResult {
  /** Digests, sorted. */
  readonly removed: readonly string[];
  readonly bytes: number;
}

/** The location as it may stand in errors and logs. */
function shown(place: Place, location: string): string {
  return place.kind === 'url' ? shownUrl(place.url) : location;
}

async function checkTree({ tree, unchecked }: Gathered, where: string): Promise<void> {
  if (unchecked) checkIntegrity(unchecked, await treeHash(tree, unchecked.algorithm, 'base64'), where);
}

function checkContent(content: Uint8Array, integrity: string, where: string): void {
  const expected = parseIntegrity(integrity, where);
  const actual = createHash(expected.algorithm).update(content).digest('base64');
  checkIntegrity(expected, actual, where);
}

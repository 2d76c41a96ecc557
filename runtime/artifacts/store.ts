import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AbortOptions, type Manifest, StaveError } from '@stave/api';
import { canonicalTar, treeHash } from './canonical-tar.js';
import { eachLimited } from './concurrency.js';
import { listFolder, ownFile } from './gather-folder.js';
import type { Staging } from './staging.js';
import { errorCode, type StorageFileSystem, writing } from './storage.js';
import { allFiles, sortFiles, type Tree } from './tree.js';
import { Unsettled } from './unsettled.js';
import { writeTree } from './write-tree.js';

/** An artifact in the store. */
export interface StoredArtifact {
  readonly digest: string;
  readonly root: string;
  readonly manifest: Manifest;
  readonly size: number;
}

/** `artifact.json`, written last: where it is, the files beside it are whole. */
interface Marker {
  readonly format: 1;
  readonly files: number;
  readonly size: number;
  readonly manifest: Manifest;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** `data/store`: unpacked artifacts by their digests, each made whole in a staging folder and renamed into place. */
export class Store {
  readonly #folder: string;
  readonly #staging: Staging;
  readonly #fs: StorageFileSystem;
  readonly #unsettled: Unsettled;
  /** Artifacts whose files were counted in this run. */
  readonly #counted = new Set<string>();

  constructor(folder: string, staging: Staging, fs: StorageFileSystem) {
    this.#folder = folder;
    this.#staging = staging;
    this.#fs = fs;
    this.#unsettled = new Unsettled(join(folder, 'unsettled'), fs);
  }

  /** An artifact by its digest, from its marker alone; undefined when it is absent or its marker is damaged. */
  get(digest: string): StoredArtifact | undefined {
    const marker = this.#readMarker(digest);
    return marker && { digest, root: this.#root(digest), manifest: marker.manifest, size: marker.size };
  }

  /** The same, its files counted when it is used for the first time in this run; one that lost files is removed. */
  async getWhole(digest: string): Promise<StoredArtifact | undefined> {
    const marker = this.#readMarker(digest);
    if (!marker) return undefined;
    if (!this.#counted.has(digest)) {
      const { files, size } = countFiles(this.#root(digest));
      if (files !== marker.files || size !== marker.size) {
        await this.remove(digest);
        return undefined;
      }
      this.#counted.add(digest);
    }
    return this.get(digest);
  }

  /** Keeps a tree. `manifestOf` is asked only when it is not in the store yet. */
  async add(
    tree: Tree,
    manifestOf: (digest: string) => Manifest,
    { signal, expected }: AbortOptions & { readonly expected?: string } = {},
  ): Promise<StoredArtifact> {
    const digest = await treeHash(tree);
    if (expected !== undefined && expected !== digest) {
      throw new StaveError('STAVE_INTEGRITY_MISMATCH', `is ${digest}, not ${expected}`, { where: expected });
    }
    signal?.throwIfAborted();
    const known = await this.getWhole(digest);
    if (known) return known;
    const files = allFiles(tree);
    const marker: Marker = {
      format: 1,
      files: files.length,
      size: files.reduce((sum, file) => sum + file.size, 0),
      manifest: manifestOf(digest),
    };
    await this.#staging.use(async (makeFolder) => {
      const made = await makeFolder();
      await writing(made, () => this.#fs.mkdir(join(made, 'files'), { recursive: true }));
      await writeTree(this.#fs, join(made, 'files'), files, signal);
      await writing(made, async () => {
        await this.#fs.writeFile(join(made, 'artifact.json'), JSON.stringify(marker));
        await this.#unsettled.add(digest);
        await this.#publish(made, digest);
      });
    });
    this.#counted.add(digest);
    const added = this.get(digest);
    if (added) return added;
    throw new StaveError('STAVE_STORE_CORRUPT', 'vanished while it was stored', { where: digest });
  }

  async #publish(made: string, digest: string): Promise<void> {
    const folder = join(this.#folder, digest);
    try {
      await this.#fs.rename(made, folder);
    } catch (error) {
      if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
      // Equal content was stored meanwhile. Only a damaged one gives way.
      if (await this.getWhole(digest)) return;
      await this.#fs.rm(folder, { recursive: true, force: true });
      await this.#fs.rename(made, folder);
    }
  }

  /** Flushes an artifact to the disk, so that it survives a power cut. */
  async settle(digest: string): Promise<void> {
    const folder = join(this.#folder, digest);
    if (!this.#readMarker(digest)) return;
    const files = listFolder(folder, 'everything').map(({ file }) => file);
    await writing(folder, async () => {
      await eachLimited(files, 4, (file) => this.#flush(file));
      await this.#flush(folder);
      await this.#flush(this.#folder);
      await this.#unsettled.delete(digest);
    });
  }

  async #flush(path: string): Promise<void> {
    const handle = await this.#fs.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Removes artifacts that lost something when the machine went down. */
  async recover(): Promise<void> {
    for (const { digest, boot } of await this.#unsettled.doubtful()) {
      if (!(await this.getWhole(digest))) await this.remove(digest);
      await this.#unsettled.delete(digest, boot);
    }
  }

  /** The canonical tar of an artifact in chunks; throws `STAVE_STORE_CORRUPT` at its end when it is not what it should be. */
  async *tar(digest: string): AsyncGenerator<Uint8Array> {
    const stored = await this.getWhole(digest);
    if (!stored) throw new StaveError('STAVE_STORE_CORRUPT', 'is not in the store', { where: digest });
    const listed = listFolder(stored.root, 'everything').map((file) => ownFile(file));
    const tree: Tree = { files: sortFiles(listed), dependencies: undefined };
    if ((await treeHash(tree)) !== digest) {
      await this.remove(digest);
      throw new StaveError('STAVE_STORE_CORRUPT', 'was changed in the store', { where: digest });
    }
    yield* canonicalTar(tree);
  }

  digests(): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => DIGEST.test(name));
    } catch {
      return [];
    }
  }

  /** Removes an artifact; what a kill leaves of it lies in the staging folder. */
  async remove(digest: string): Promise<void> {
    this.#counted.delete(digest);
    await this.#unsettled.delete(digest);
    await this.#staging.use(async (makeFolder) => {
      const away = join(await makeFolder(), digest);
      await writing(away, () => this.#fs.rename(join(this.#folder, digest), away)).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
    });
  }

  /** Bytes that an artifact takes, its marker apart. */
  sizeOf(digest: string): number {
    const stored = this.get(digest);
    if (stored) return stored.size;
    return countFiles(join(this.#folder, digest)).size;
  }

  #root(digest: string): string {
    return join(this.#folder, digest, 'files');
  }

  #readMarker(digest: string): Marker | undefined {
    if (!DIGEST.test(digest)) return undefined;
    try {
      const text = readFileSync(join(this.#folder, digest, 'artifact.json'), 'utf8');
      const marker = JSON.parse(text) as Marker;
      return marker.format === 1 && typeof marker.manifest?.name === 'string' ? marker : undefined;
    } catch {
      return undefined;
    }
  }
}

function countFiles(folder: string): { files: number; size: number } {
  try {
    const listed = listFolder(folder, 'everything');
    return { files: listed.length, size: listed.reduce((sum, file) => sum + Number(file.size), 0) };
  } catch {
    return { files: 0, size: 0 };
  }
}

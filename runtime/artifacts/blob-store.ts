import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic-file.js';
import { sha256 } from '../base/digest.js';
import { type StorageFileSystem, writing } from './storage.js';

export interface Blob {
  readonly content: Uint8Array;
  readonly digest: string;
}

/** `data/blobs`: small files, such as descriptors, by their digests, and which one a location last gave. */
export class BlobStore {
  readonly #folder: string;
  readonly #fs: StorageFileSystem;

  constructor(folder: string, fs: StorageFileSystem) {
    this.#folder = folder;
    this.#fs = fs;
  }

  /** Undefined when it is absent or damaged. */
  async get(digest: string): Promise<Blob | undefined> {
    const content = await readFile(join(this.#folder, digest)).catch(() => undefined);
    return content && sha256(content) === digest ? { content, digest } : undefined;
  }

  /** What a location gave when it was last reached. */
  async last(location: string): Promise<Blob | undefined> {
    const digest = await readFile(this.#pointer(location), 'utf8').catch(() => undefined);
    return digest === undefined ? undefined : this.get(digest);
  }

  async add(location: string, content: Uint8Array): Promise<Blob> {
    const digest = sha256(content);
    const pointer = this.#pointer(location);
    await writing(this.#folder, async () => {
      await this.#fs.mkdir(join(this.#folder, 'locations'), { recursive: true });
      // Not flushed: a damaged one is noticed by its digest.
      const options = { fs: this.#fs, durable: false };
      if (!(await this.get(digest))) await writeFileAtomic(join(this.#folder, digest), content, options);
      const before = await readFile(pointer, 'utf8').catch(() => undefined);
      if (before !== digest) await writeFileAtomic(pointer, digest, options);
    });
    return { content, digest };
  }

  async digests(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => /^[0-9a-f]{64}$/.test(name));
  }

  async sizeOf(digest: string): Promise<number> {
    return (await stat(join(this.#folder, digest))).size;
  }

  /** Removes a blob, and what a kill left of writing one. Pointers to it lead nowhere from then on. */
  async remove(digest: string): Promise<void> {
    const file = join(this.#folder, digest);
    await writing(file, () => this.#fs.rm(file, { force: true }));
  }

  /** Removes temporary files of writes that a kill has cut off, and pointers that lead nowhere. */
  async recover(): Promise<void> {
    const present = new Set(await this.digests());
    const locations = join(this.#folder, 'locations');
    for (const folder of [this.#folder, locations]) {
      for (const name of await readdir(folder).catch(() => [])) {
        const file = join(folder, name);
        const lost = folder === locations && !present.has(await readFile(file, 'utf8').catch(() => ''));
        if (lost || name.endsWith('.tmp')) await this.#fs.rm(file, { force: true }).catch(() => undefined);
      }
    }
  }

  #pointer(location: string): string {
    return join(this.#folder, 'locations', sha256(location));
  }
}

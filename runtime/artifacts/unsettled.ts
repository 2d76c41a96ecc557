import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BOOT_ID } from './boot-id.js';
import type { StorageFileSystem } from './storage.js';

/**
 * Notes about artifacts that may not have reached the disk: one empty file `digest.boot` each, made before the artifact
 * appears in the store. Only a crash of the machine makes such an artifact doubtful, never one of the process.
 */
export class Unsettled {
  readonly #folder: string;
  readonly #fs: StorageFileSystem;

  constructor(folder: string, fs: StorageFileSystem) {
    this.#folder = folder;
    this.#fs = fs;
  }

  async add(digest: string): Promise<void> {
    await this.#fs.mkdir(this.#folder, { recursive: true });
    await this.#fs.writeFile(join(this.#folder, `${digest}.${BOOT_ID}`), '');
  }

  async delete(digest: string, boot = BOOT_ID): Promise<void> {
    await this.#fs.rm(join(this.#folder, `${digest}.${boot}`), { force: true });
  }

  /** Those from before the machine was last started. */
  async doubtful(): Promise<{ digest: string; boot: string }[]> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    return names
      .map((name) => ({ digest: name.slice(0, 64), boot: name.slice(65) }))
      .filter(({ boot }) => boot !== BOOT_ID);
  }
}

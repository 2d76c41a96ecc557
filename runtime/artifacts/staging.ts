import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type StorageFileSystem, writing } from './storage.js';

/** Tells the folders of this process from those that a dead one left, also when a process id is used again. */
const RUN = `${process.pid}-${randomBytes(4).toString('hex')}`;

/** Makes an empty folder that lives as long as the work it is for. */
export type MakeFolder = () => Promise<string>;

/** Folders for work in progress, on the same file system as the store so that a rename can finish it. */
export class Staging {
  readonly #folder: string;
  readonly #fs: StorageFileSystem;

  constructor(folder: string, fs: StorageFileSystem) {
    this.#folder = folder;
    this.#fs = fs;
  }

  /** Runs the body with a maker of empty folders, and removes them whatever happens. */
  async use<T>(body: (makeFolder: MakeFolder) => Promise<T>): Promise<T> {
    const made: string[] = [];
    const makeFolder = async (): Promise<string> => {
      const folder = join(this.#folder, `${RUN}-${randomBytes(6).toString('hex')}`);
      made.push(folder);
      await writing(folder, () => this.#fs.mkdir(folder, { recursive: true }));
      return folder;
    };
    try {
      return await body(makeFolder);
    } finally {
      for (const folder of made) {
        await this.#fs.rm(folder, { recursive: true, force: true }).catch(() => undefined);
      }
    }
  }

  /** Removes what dead processes left. The lock of the home keeps other living ones away. */
  async recover(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      if (name.startsWith(`${RUN}-`)) continue;
      await this.#fs.rm(join(this.#folder, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

import { type FSWatcher, type WatchListener, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Disposable } from '@stave/api';
import { UNWATCHED } from './fingerprint.js';

export interface FolderWatchListener {
  /** Something may have happened to an entry of the folder, or inside it. */
  touched(name: string): void;
  /** Anything may have happened: the folder itself went or came, or events were lost. */
  lost(): void;
  /** A folder cannot be watched, such as for want of inotify watches. */
  failed(error: unknown): void;
}

/**
 * Tells that entries of a folder should be looked at again. It watches the folder, what lies in folders in it (save
 * `node_modules`), and the parent, so that the folder itself may go and come back. Which event it was does not matter: only
 * a look tells what is there. Plain fs.watch tells within a millisecond; libraries on top of it drop or delay events.
 */
export class FolderWatch implements Disposable {
  readonly #folder: string;
  readonly #listener: FolderWatchListener;
  /** By absolute path. */
  readonly #watchers = new Map<string, FSWatcher>();
  #disposed = false;

  constructor(folder: string, listener: FolderWatchListener) {
    this.#folder = folder;
    this.#listener = listener;
  }

  start(): void {
    const parent = dirname(this.#folder);
    const name = basename(this.#folder);
    this.#watch(parent, (_event, changed) => {
      if (changed === null || changed === name) this.#renew();
    });
    this.#renew();
  }

  /** Watches the folders inside an entry too. Resolves when every change from then on is told. */
  async follow(name: string): Promise<void> {
    await this.#followFolder(join(this.#folder, name), name);
  }

  dispose(): void {
    this.#disposed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches the folder as it is now: after it was removed, the old watcher would stay silent for ever. */
  #renew(): void {
    if (this.#disposed) return;
    this.#forget(this.#folder);
    this.#watch(this.#folder, (_event, changed) => {
      if (changed === null) this.#listener.lost();
      else this.#listener.touched(changed);
    });
    this.#listener.lost();
  }

  async #followFolder(path: string, name: string): Promise<void> {
    if (this.#disposed) return;
    if (!this.#watchers.has(path)) {
      this.#watch(path, (event, changed) => {
        // A folder tells its own end under its own name. It may also be a new child of that name: then it is followed again.
        if (event === 'rename' && changed === basename(path)) this.#forget(path);
        this.#listener.touched(name);
      });
    }
    const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
    if (!entries) {
      this.#forget(path);
      return;
    }
    const folders = entries.filter((entry) => entry.isDirectory() && !UNWATCHED.has(entry.name));
    await Promise.all(folders.map((entry) => this.#followFolder(join(path, entry.name), name)));
  }

  #watch(path: string, listener: WatchListener<string>): void {
    try {
      const watcher = watch(path, listener);
      watcher.on('error', (error) => {
        this.#forget(path);
        this.#listener.failed(error);
      });
      this.#watchers.set(path, watcher);
    } catch (error) {
      // A folder that is not there is found by its parent when it comes.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#listener.failed(error);
    }
  }

  /** Stops watching a folder and what lies in it. */
  #forget(path: string): void {
    for (const [other, watcher] of this.#watchers) {
      if (other !== path && !other.startsWith(`${path}/`)) continue;
      watcher.close();
      this.#watchers.delete(other);
    }
  }
}

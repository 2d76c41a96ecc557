import { dirname, join, posix } from 'node:path';
import { StaveError } from '@stave/api';
import type { UnpackBudget } from './limits.js';
import { type StorageFileSystem, writing } from './storage.js';
import { checkName, type TreeFile } from './tree.js';

/** Entries above this size are written as they come instead of being held in memory. */
const IN_MEMORY = 1 << 20;

/** An archive entry as its reader understands it. */
export type ArchiveEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly size: number;
      readonly executable: boolean;
      readonly content: AsyncIterable<Uint8Array>;
    }
  /** `symbolic`: the target is relative to the link. `hard`: it is relative to the archive. */
  | {
      readonly kind: 'link';
      readonly path: string;
      readonly target: string;
      readonly type: 'symbolic' | 'hard';
    }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'other'; readonly path: string; readonly type: string };

/** Writes the entries of one archive below a folder. Nothing that an archive says can lead out of it: no link is ever made. */
export class Unpacker {
  readonly #files = new Map<string, TreeFile>();
  readonly #folders = new Set<string>(['.']);
  readonly #links: { path: string; target: string }[] = [];
  readonly #folder: string;
  readonly #fs: StorageFileSystem;
  readonly #budget: UnpackBudget;
  readonly #where: string;

  constructor(folder: string, fs: StorageFileSystem, budget: UnpackBudget, where: string) {
    this.#folder = folder;
    this.#fs = fs;
    this.#budget = budget;
    this.#where = where;
  }

  async add(entry: ArchiveEntry): Promise<void> {
    const path = this.#safe(entry.path);
    switch (entry.kind) {
      case 'folder':
        return;
      case 'other':
        throw this.#escape(`${entry.path} is a ${entry.type}, not a file`);
      case 'link': {
        const from = entry.type === 'hard' ? '.' : posix.dirname(path);
        this.#links.push({ path, target: this.#target(path, from, entry.target) });
        return;
      }
      case 'file':
        this.#budget.take(1, entry.size);
        this.#claim(path);
        await this.#write(path, entry);
    }
  }

  /** All files, those behind links as copies. A link that leads nowhere is left out. */
  finish(): readonly TreeFile[] {
    const targets = new Map(this.#links.map(({ path, target }) => [path, target]));
    const real = [...this.#files.values()];
    for (const { path, target } of this.#links) {
      let end = target;
      for (let steps = 0; targets.has(end) && steps < 40; steps += 1) end = targets.get(end)!;
      for (const file of real) {
        if (file.path === end) this.#copy(file, path);
        else if (end === '.' || file.path.startsWith(`${end}/`)) {
          this.#copy(file, posix.join(path, end === '.' ? file.path : file.path.slice(end.length + 1)));
        }
      }
    }
    return [...this.#files.values()];
  }

  #copy(file: TreeFile, path: string): void {
    this.#budget.take(1, file.size);
    this.#claim(path);
    this.#files.set(path, { ...file, path });
  }

  async #write(path: string, entry: Extract<ArchiveEntry, { kind: 'file' }>): Promise<void> {
    const to = join(this.#folder, path);
    await writing(to, () => this.#fs.mkdir(dirname(to), { recursive: true }));
    let size = 0;
    if (entry.size <= IN_MEMORY) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry.content) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      size = content.length;
      await writing(to, () => this.#fs.writeFile(to, content, { flag: 'wx' }));
    } else {
      const handle = await writing(to, () => this.#fs.open(to, 'wx'));
      try {
        for await (const chunk of entry.content) {
          size += chunk.length;
          await writing(to, () => handle.writeFile(chunk));
        }
      } finally {
        await handle.close();
      }
    }
    if (size !== entry.size) throw this.#invalid(`${path} ends too early`);
    const { executable } = entry;
    this.#files.set(path, { path, executable, size, source: { kind: 'own', file: to } });
  }

  /** Refuses a path that another entry has already taken, as a file or as a folder. */
  #claim(path: string): void {
    if (this.#files.has(path) || this.#folders.has(path)) throw this.#invalid(`${path} is in it twice`);
    for (let above = posix.dirname(path); !this.#folders.has(above); above = posix.dirname(above)) {
      if (this.#files.has(above)) throw this.#invalid(`${above} is both a file and a folder`);
      this.#folders.add(above);
    }
  }

  /** The plain form of a path; one that is absolute or goes up is refused, even where it would come back. */
  #safe(path: string): string {
    checkName(path, this.#where);
    if (/^(?:[a-z]:|[/\\])/i.test(path) || path.split(/[/\\]/).includes('..')) {
      throw this.#escape(`${path} leads out of the archive`);
    }
    return posix.normalize(path).replace(/(?<=.)\/$/, '');
  }

  #target(link: string, from: string, target: string): string {
    const path = posix.join(from, target);
    if (target.startsWith('/') || path === '..' || path.startsWith('../')) {
      throw this.#escape(`the link ${link} leads to ${target}, out of the archive`);
    }
    return path.replace(/(?<=.)\/$/, '');
  }

  #escape(sentence: string): StaveError {
    return new StaveError('STAVE_ARCHIVE_ESCAPE', sentence, { where: this.#where });
  }

  #invalid(sentence: string): StaveError {
    return new StaveError('STAVE_ARCHIVE_INVALID', sentence, { where: this.#where });
  }
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type CachedFile, type CompiledModule, MAP_FILE, MAPS_FILE } from './compiled-module.js';

/** Written last: a folder without it is not there. First line the CRC of the rest, which is the CompiledModule without its folder. */
const INDEX_FILE = 'index';

/** What is removed by `sweep`. */
export interface SweptModule {
  readonly folder: string;
  readonly digest: string | undefined;
  readonly bytes: number;
}

export type NewModule = Omit<CompiledModule, 'folder' | 'files'>;

/** Compiled modules on disk, a folder each. All of it can be deleted at any time; what is damaged counts as absent. */
export class CompiledCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #folderOf(key: string): string {
    return join(this.#folder, key);
  }

  /** The module under a key, when all its files are there and whole. */
  read(key: string): CompiledModule | undefined {
    const folder = this.#folderOf(key);
    try {
      const text = readFileSync(join(folder, INDEX_FILE), 'utf8');
      const end = text.indexOf('\n');
      const body = text.slice(end + 1);
      if (crc32(body).toString(16) !== text.slice(0, end)) return undefined;
      const stored = JSON.parse(body) as Omit<CompiledModule, 'folder'>;
      if (stored.key !== key) return undefined;
      for (const [name, file] of Object.entries(stored.files)) {
        if (!isWhole(join(folder, name), file)) return undefined;
      }
      return { ...stored, folder };
    } catch {
      return undefined;
    }
  }

  /**
   * Puts a module under its key, in the place of what was there. Synchronous: the few small files reach the cache of the system
   * sooner than a thread could be asked to write one of them.
   */
  write(module: NewModule, contents: Readonly<Record<string, string | Buffer>>): CompiledModule {
    const folder = this.#folderOf(module.key);
    const temporary = join(this.#folder, `.${randomBytes(8).toString('hex')}`);
    mkdirSync(temporary, { recursive: true });
    try {
      const files: Record<string, CachedFile> = {};
      for (const [name, content] of Object.entries(contents)) {
        const bytes = Buffer.from(content);
        writeFileSync(join(temporary, name), bytes);
        const isMap = name === MAP_FILE || name === MAPS_FILE;
        files[name] = { size: bytes.length, crc: isMap ? null : crc32(bytes) };
      }
      const body = JSON.stringify({ ...module, files });
      writeFileSync(join(temporary, INDEX_FILE), `${crc32(body).toString(16)}\n${body}`);
      rmSync(folder, { recursive: true, force: true });
      renameSync(temporary, folder);
      return { ...module, files, folder };
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /** Removes the modules of all artifacts but those to keep, and what a crash left behind. */
  async sweep(
    keep: ReadonlySet<string>,
    options: { readonly dryRun: boolean },
  ): Promise<readonly SweptModule[]> {
    const swept: SweptModule[] = [];
    for (const name of namesIn(this.#folder)) {
      const folder = join(this.#folder, name);
      const digest = name.startsWith('.') ? undefined : this.#digestOf(folder);
      if (digest !== undefined && keep.has(digest)) continue;
      swept.push({ folder, digest, bytes: sizeOf(folder) });
      if (!options.dryRun) await rm(folder, { recursive: true, force: true });
    }
    return swept;
  }

  #digestOf(folder: string): string | undefined {
    try {
      const text = readFileSync(join(folder, INDEX_FILE), 'utf8');
      return (JSON.parse(text.slice(text.indexOf('\n') + 1)) as CompiledModule).digest;
    } catch {
      return undefined;
    }
  }
}

function isWhole(path: string, { size, crc }: CachedFile): boolean {
  if (crc === null) return statSync(path).size === size;
  const content = readFileSync(path);
  return content.length === size && crc32(content) === crc;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function sizeOf(folder: string): number {
  return namesIn(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

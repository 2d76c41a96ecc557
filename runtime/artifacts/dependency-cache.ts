import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeFileAtomic } from '../base/atomic-file.js';
import { BOOT_ID } from './boot-id.js';
import { tarEntries } from './canonical-tar.js';
import type { Staging } from './staging.js';
import { type StorageFileSystem, writing } from './storage.js';
import { type DependencySegment, sortFiles, type TreeFile } from './tree.js';
import { writeTree } from './write-tree.js';

const UNUSED_MILLISECONDS = 7 * 24 * 3600 * 1000;

/** `<key>.json`. Sets are never changed; a newer one for the same key gets a folder of its own. */
interface Index {
  /** Name of the folder. */
  readonly set: string;
  readonly boot: string;
  /** Size of its tar. */
  readonly tar: number;
  /** `[path, size, executable]` */
  readonly files: readonly (readonly [string, number, boolean])[];
}

/** Sets of production dependencies that were prepared once, each as files to link and as a piece of canonical tar. */
export class DependencyCache {
  readonly #folder: string;
  readonly #staging: Staging;
  readonly #fs: StorageFileSystem;

  constructor(folder: string, staging: Staging, fs: StorageFileSystem) {
    this.#folder = folder;
    this.#staging = staging;
    this.#fs = fs;
  }

  async get(key: string): Promise<DependencySegment | undefined> {
    try {
      const file = join(this.#folder, `${key}.json`);
      const index = JSON.parse(await readFile(file, 'utf8')) as Index;
      const folder = join(this.#folder, index.set);
      const segment = segmentOf(folder, index);
      if ((await stat(segment.tar)).size !== index.tar) return undefined;
      if (index.boot !== BOOT_ID) {
        // It was never flushed, so that a power cut may have taken some of it.
        if (!(await isWhole(segment))) return undefined;
        await this.#writeIndex(file, { ...index, boot: BOOT_ID });
      }
      const now = new Date();
      await utimes(folder, now, now);
      return segment;
    } catch {
      // Absent or damaged: both mean that the set is made again.
      return undefined;
    }
  }

  /** Keeps a set; the files must all be below node_modules. */
  async put(key: string, unsorted: readonly TreeFile[], signal?: AbortSignal): Promise<DependencySegment> {
    const files = sortFiles(unsorted);
    const set = `${key.slice(0, 16)}-${randomBytes(6).toString('hex')}`;
    const folder = join(this.#folder, set);
    return this.#staging.use((makeFolder) =>
      writing(folder, async () => {
        const made = join(await makeFolder(), 'set');
        await this.#fs.mkdir(made);
        await writeTree(this.#fs, made, files, signal);
        const tar = await this.#writeTar(made, files, signal);
        await this.#fs.mkdir(this.#folder, { recursive: true });
        await this.#fs.rename(made, folder);
        const rows = files.map(({ path, size, executable }) => [path, size, executable] as const);
        const index: Index = { set, boot: BOOT_ID, tar, files: rows };
        await this.#writeIndex(join(this.#folder, `${key}.json`), index);
        return segmentOf(folder, index);
      }),
    );
  }

  #writeIndex(file: string, index: Index): Promise<void> {
    return writeFileAtomic(file, JSON.stringify(index), { fs: this.#fs, durable: false });
  }

  async #writeTar(
    folder: string,
    files: readonly TreeFile[],
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const written = files.map(
      (file): TreeFile => ({ ...file, source: { kind: 'own', file: join(folder, file.path) } }),
    );
    const handle = await this.#fs.open(join(folder, 'tree.tar'), 'wx');
    const stream = handle.createWriteStream();
    await pipeline(tarEntries(written), stream, signal ? { signal } : {});
    return stream.bytesWritten;
  }

  /** Paths of what nobody used for a week. */
  async unused(now = Date.now()): Promise<string[]> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    const old = new Set<string>();
    for (const name of names.filter((candidate) => !candidate.endsWith('.json'))) {
      const { mtimeMs } = await stat(join(this.#folder, name));
      if (now - mtimeMs > UNUSED_MILLISECONDS) old.add(name);
    }
    for (const name of names.filter((candidate) => candidate.endsWith('.json'))) {
      const text = await readFile(join(this.#folder, name), 'utf8').catch(() => '');
      const set = /^\{"set":"([^"]+)"/.exec(text)?.[1];
      if (set === undefined || old.has(set) || !names.includes(set)) old.add(name);
    }
    return [...old].map((name) => join(this.#folder, name));
  }
}

function segmentOf(folder: string, index: Index): DependencySegment {
  const files = index.files.map(
    ([path, size, executable]): TreeFile => ({
      path,
      size,
      executable,
      source: { kind: 'own', file: join(folder, path) },
    }),
  );
  return { tar: join(folder, 'tree.tar'), files };
}

async function isWhole({ files }: DependencySegment): Promise<boolean> {
  for (const { source, size } of files) {
    if (source.kind === 'own' && (await stat(source.file)).size !== size) return false;
  }
  return true;
}

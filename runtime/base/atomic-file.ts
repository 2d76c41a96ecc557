import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The file operations that decide whether a write survives a crash; a test may put a failing layer in their place. */
export interface FileSystem {
  open: typeof open;
  rename: typeof rename;
  rm: typeof rm;
  mkdir: typeof mkdir;
}

export const nodeFileSystem: FileSystem = { open, rename, rm, mkdir };

/** Flushes a folder, so that a rename inside it survives a power cut. */
async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface WriteOptions {
  readonly fs?: FileSystem;
  readonly mode?: number;
  /** Whether the content must survive a power cut; default true. */
  readonly durable?: boolean;
}

/** Replaces a file whole: temp file beside it, flush, rename. A reader sees the old content or the new, nothing between. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const fs = options.fs ?? nodeFileSystem;
  const durable = options.durable ?? true;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await fs.open(temporary, 'wx', options.mode ?? 0o644);
    try {
      await handle.writeFile(content);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, path);
    if (durable) await syncFolder(fs, dirname(path));
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/;

/** Removes what writes that were cut off by a crash have left in folders; one that is absent has none. */
export async function removeLeftovers(folders: Iterable<string>): Promise<void> {
  for (const folder of new Set(folders)) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) if (TEMPORARY.test(name)) await rm(join(folder, name), { force: true });
  }
}

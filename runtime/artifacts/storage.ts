import { constants, linkSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { StaveError } from '@stave/api';

/** The writing half of node:fs/promises; a test may put a failing layer in its place. */
export type StorageFileSystem = Pick<
  typeof nodeFs,
  'mkdir' | 'writeFile' | 'copyFile' | 'link' | 'rename' | 'rm' | 'open'
>;

/** Up to this size a file is written faster than a thread could be asked to. */
const SMALL = 1 << 16;

/**
 * The real disk. What the system does in its memory is done at once: a bundle is a dozen small files, and handing each step of
 * each to a thread costs several times as much. What may take long (flushing, copying, removing) goes to a thread.
 */
export const nodeStorage: StorageFileSystem = {
  ...nodeFs,
  mkdir: (async (path, options) => mkdirSync(path, options)) as typeof nodeFs.mkdir,
  link: async (from, to) => linkSync(from, to),
  rename: async (from, to) => renameSync(from, to),
  writeFile: async (path, content, options) => {
    const small = (typeof content === 'string' || content instanceof Uint8Array) && content.length <= SMALL;
    const flush = typeof options === 'object' && options?.flush === true;
    if (!small || flush || (typeof path !== 'string' && !(path instanceof URL)))
      return nodeFs.writeFile(path, content, options);
    writeFileSync(path, content, options as Parameters<typeof writeFileSync>[2]);
  },
};

const STORAGE_ERRORS = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE']);

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Node's recursive mkdir says ENOENT where the disk is read-only; it has no other cause there. */
function isRecursiveMkdir(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' && syscall === 'mkdir';
}

/** A full, read-only or failing disk as `STAVE_STORAGE`; other errors as they are. */
export function storageError(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (error instanceof StaveError || code === undefined) return error;
  if (!STORAGE_ERRORS.has(code) && !isRecursiveMkdir(error)) return error;
  return new StaveError('STAVE_STORAGE', `cannot be written: ${code}`, {
    where: path,
    cause: error,
    details: { errno: code },
  });
}

/** Runs a write, and says `STAVE_STORAGE` with the path when the disk refuses it. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Gives a file of ours a second name; copies it where the file system knows no hard links. */
export async function linkOrCopy(fs: StorageFileSystem, from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch {
    await fs.copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

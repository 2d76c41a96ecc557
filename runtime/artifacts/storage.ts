import { constants } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { StaveError } from '@stave/api';

/** The writing half of node:fs/promises; a test may put a failing layer in its place. */
export type StorageFileSystem = Pick<
  typeof nodeFs,
  'mkdir' | 'writeFile' | 'copyFile' | 'link' | 'rename' | 'rm' | 'open'
>;

export const nodeStorage: StorageFileSystem = nodeFs;

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

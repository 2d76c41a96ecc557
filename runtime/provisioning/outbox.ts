import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Logger, StaveError } from '@stave/api';
import { type FileSystem, writeFileAtomic } from '../base/atomic-file.js';
import { sha256 } from '../base/digest.js';
import type { HomeWrite } from './state.js';

async function digestOf(path: string): Promise<string | null> {
  try {
    return sha256(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Carries out one write. Idempotent: a file that is as it shall be is left, and one that is neither as it was nor as it shall be
 * is the user's edit, which wins and is reported.
 */
async function flushOne(home: string, write: HomeWrite, log: Logger, fs?: FileSystem): Promise<void> {
  const path = join(home, write.path);
  const present = await digestOf(path);
  if (present === write.after) return;
  if (present !== write.before) {
    log.warn(`${write.path} was edited meanwhile; the edit stays, and what was to be written is not`);
    return;
  }
  if (write.content === null) {
    await rm(path, { force: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, Buffer.from(write.content, write.encoding ?? 'utf8'), fs ? { fs } : {});
}

/** Writes what was committed into etc/ and elsewhere below the home. Returns what could not be written. */
export async function flushOutbox(
  home: string,
  writes: readonly HomeWrite[],
  log: Logger,
  fs?: FileSystem,
): Promise<readonly { readonly write: HomeWrite; readonly error: StaveError }[]> {
  const failed: { write: HomeWrite; error: StaveError }[] = [];
  for (const write of writes) {
    try {
      await flushOne(home, write, log, fs);
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      const error = new StaveError('STAVE_STORAGE', `the file cannot be written (${reason})`, {
        where: write.path,
        cause,
      });
      log.error(error.toString());
      failed.push({ write, error });
    }
  }
  return failed;
}

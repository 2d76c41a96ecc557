import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StaveError } from '@stave/api';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** Keeps a second node off a home. */
export interface HomeLock {
  release(): void;
}

/** The process that holds a home; undefined when nobody does. */
export function homeHolder(data: string): ProcessIdentity | undefined {
  return holderIn(join(data, 'lock'));
}

function holderIn(file: string): ProcessIdentity | undefined {
  try {
    const identity = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    return isRunning(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the lock of a home. Throws `STAVE_HOME_LOCKED` naming the process that has it; one left by a crash is taken over. */
export function lockHome(data: string): HomeLock {
  const path = join(data, 'lock');
  const mine = `${path}.${process.pid}`;
  writeWhole(mine, JSON.stringify(ownIdentity()));
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // A link appears with its content: nobody ever reads a lock that is half written.
        linkSync(mine, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = homeHolder(data) ?? takeAway(path, `${mine}.stale`);
      if (holder) throw locked(data, holder.pid);
    }
    throw locked(data, undefined);
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Takes a stale lock away. Somebody else may have done so since it was looked at, and hold the home by now: what is taken is
 * looked at once more, and put back then.
 * @returns the process that holds the home after all
 */
function takeAway(path: string, stale: string): ProcessIdentity | undefined {
  try {
    renameSync(path, stale);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const holder = holderIn(stale);
  try {
    if (holder) linkSync(stale, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(stale, { force: true });
  }
  return holder;
}

function writeWhole(path: string, content: string): void {
  let descriptor: number;
  try {
    rmSync(path, { force: true });
    descriptor = openSync(path, 'wx', 0o600);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new StaveError('STAVE_STORAGE', `the data folder cannot be written (${reason})`, {
      where: path,
      cause,
    });
  }
  try {
    writeSync(descriptor, content);
  } finally {
    closeSync(descriptor);
  }
}

function locked(data: string, pid: number | undefined): StaveError {
  return new StaveError(
    'STAVE_HOME_LOCKED',
    `another node runs on this home${pid ? `, process ${pid}` : ''}`,
    {
      where: data,
      ...(pid ? { details: { pid } } : {}),
    },
  );
}

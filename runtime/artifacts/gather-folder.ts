import { type Dirent, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { StaveError } from '@stave/api';
import type { SourceStat } from './fingerprint.js';
import type { UnpackBudget } from './limits.js';
import { errorCode } from './storage.js';
import { checkName, type TreeFile } from './tree.js';

/**
 * What counts as content. `sources`: a folder where somebody works, without node_modules, dotfiles, `*.tgz` and logs.
 * `package`: all that somebody packed, save the node_modules at its top. `everything`: that too.
 */
export type Selection = 'sources' | 'package' | 'everything';

/** A file of a folder with what a stat says about it. */
export interface FolderFile extends SourceStat {
  readonly file: string;
  readonly executable: boolean;
}

function selected(entry: Dirent, selection: Selection, top: boolean): boolean {
  if (selection === 'everything') return true;
  if (entry.name === 'node_modules') return selection === 'package' && !top;
  if (selection === 'package') return true;
  return !entry.name.startsWith('.') && !/\.(tgz|log)$/.test(entry.name);
}

/** The error for a source that cannot be read. */
export function unreadable(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (error instanceof StaveError || code === undefined) return error;
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new StaveError(
    'STAVE_LOCATION_NOT_FOUND',
    missing ? 'there is no such file or folder' : `cannot be read: ${code}`,
    { where: path, cause: error, ...(missing ? {} : { remedy: 'check its permissions' }) },
  );
}

function leadsOut(path: string, target: string): StaveError {
  return new StaveError('STAVE_ARCHIVE_ESCAPE', `the link ${path} leads out of the folder, to ${target}`, {
    where: path,
    remedy: 'copy the file into the folder, or remove the link',
  });
}

function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

/**
 * Lists the content of a folder. Links to files and folders inside it are followed, and count as copies; a link that leads
 * out is refused; one that leads nowhere, a device, a pipe or a socket is left out.
 */
export function listFolder(folder: string, selection: Selection, budget?: UnpackBudget): FolderFile[] {
  const found: FolderFile[] = [];

  const add = (path: string, at: string): void => {
    const stat = statSync(at, { bigint: true });
    if (!stat.isFile()) return;
    checkName(path, at);
    budget?.take(1, Number(stat.size));
    const { size, mtimeNs, ctimeNs, ino } = stat;
    found.push({ path, file: at, size, mtimeNs, ctimeNs, ino, executable: (stat.mode & 0o100n) !== 0n });
  };

  const follow = (path: string, at: string, around: readonly string[]): void => {
    let target: string;
    try {
      target = realpathSync(at);
    } catch {
      return;
    }
    const real = realpathSync(folder);
    if (!inside(target, real)) throw leadsOut(at, target);
    if (!lstatSync(target).isDirectory()) {
      add(path, target);
      return;
    }
    if (around.some((outer) => inside(realpathSync(outer), target))) {
      throw new StaveError('STAVE_ARCHIVE_INVALID', `the link ${path} leads to a folder around it`, {
        where: at,
        remedy: 'remove the link',
      });
    }
    walk(target, path, around);
  };

  const walk = (at: string, path: string, around: readonly string[]): void => {
    const chain = [...around, at];
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (!selected(entry, selection, path === '')) continue;
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const innerAt = join(at, entry.name);
      if (entry.isSymbolicLink()) follow(inner, innerAt, chain);
      else if (entry.isDirectory()) walk(innerAt, inner, chain);
      else add(inner, innerAt);
    }
  };

  try {
    walk(folder, '', []);
  } catch (error) {
    throw unreadable(error, folder);
  }
  return found;
}

/** Files above this size are copied and hashed from the disk instead of being held in memory. */
const IN_MEMORY = 1 << 20;

/** How many files are read before others have their turn. */
const AT_ONCE = 64;

/** Listed files of somebody else's as part of a tree. */
export async function foreignFiles(
  listed: readonly (FolderFile & { readonly prefix?: string })[],
): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  for (const entry of listed) {
    if (files.length % AT_ONCE === AT_ONCE - 1) await setImmediate();
    files.push(foreignFile(entry, entry.prefix));
  }
  return files;
}

/** Read at once: asking a thread for a small file costs more than reading it. */
function foreignFile(listed: FolderFile, prefix = ''): TreeFile {
  const path = prefix + listed.path;
  const { file, executable, mtimeNs } = listed;
  if (listed.size > IN_MEMORY) {
    return { path, executable, size: Number(listed.size), source: { kind: 'foreign', file, mtimeNs } };
  }
  try {
    const content = readFileSync(file);
    return { path, executable, size: content.length, source: { kind: 'content', content } };
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** A listed file of our own as part of a tree. */
export function ownFile(listed: FolderFile, prefix = ''): TreeFile {
  const { file, executable } = listed;
  return { path: prefix + listed.path, executable, size: Number(listed.size), source: { kind: 'own', file } };
}

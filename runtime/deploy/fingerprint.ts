import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../base/digest.js';
import { isIgnoredName } from './classify.js';

/** Folders inside a bundle that are neither watched nor compared: they hold what was made, not what was written. */
export const UNWATCHED = new Set(['node_modules', '.git']);

/**
 * What a file, or all files of a folder, look like from outside: sizes, times and inode numbers, never contents.
 * Undefined when it is gone.
 */
export async function fingerprint(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  if (!stats) return undefined;
  if (!stats.isDirectory()) return `${stats.size}:${stats.mtimeNs}:${stats.ino}`;
  const lines: string[] = [];
  await collect(path, '', lines);
  return sha256(lines.sort().join('\n'));
}

async function collect(folder: string, prefix: string, lines: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  await Promise.all(
    entries.map(async (entry) => {
      if (UNWATCHED.has(entry.name) || isIgnoredName(entry.name)) return;
      const path = join(folder, entry.name);
      const relative = `${prefix}${entry.name}`;
      if (entry.isDirectory()) {
        await collect(path, `${relative}/`, lines);
        return;
      }
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      if (stats?.isFile()) lines.push(`${relative}\0${stats.size}:${stats.mtimeNs}:${stats.ino}`);
    }),
  );
}

import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { type AbortOptions, StaveError } from '@stave/api';
import { unreadable } from './gather-folder.js';
import { type ArtifactLimits, limitExceeded, UnpackBudget } from './limits.js';
import type { StorageFileSystem } from './storage.js';
import { unpackTar } from './tar-archive.js';
import type { TreeFile } from './tree.js';
import { Unpacker } from './unpacker.js';
import { unpackZip } from './zip-archive.js';

export interface UnpackRequest extends AbortOptions {
  readonly file: string;
  /** Empty folder to unpack into. */
  readonly folder: string;
  readonly fs: StorageFileSystem;
  readonly limits: ArtifactLimits;
  readonly where: string;
}

type Format = 'tgz' | 'tar' | 'zip';

/** Longest beginning that tells a format: the magic of tar ends at byte 262. */
const BEGINNING = 262;

/** What a file holds, by its first bytes: a name tells nothing about what a server sends. */
async function formatOf(file: string, where: string, limits: ArtifactLimits): Promise<Format> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw unreadable(error, where);
  });
  try {
    const limit = limits['download.size'];
    if ((await handle.stat()).size > limit) throw limitExceeded('download.size', limit, where);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    const start = buffer.subarray(0, bytesRead);
    if (start[0] === 0x1f && start[1] === 0x8b) return 'tgz';
    if (start.toString('latin1', 0, 4) === 'PK\x03\x04') return 'zip';
    if (start.toString('latin1', 257, 262) === 'ustar') return 'tar';
  } finally {
    await handle.close();
  }
  throw new StaveError('STAVE_ARCHIVE_INVALID', 'is neither a .tgz, .tar or .zip archive nor a source file', {
    where,
  });
}

/** Unpacks an archive; the files come without the folder that all of them lie in, such as npm's `package/`. */
export async function unpackArchive(request: UnpackRequest): Promise<{ files: TreeFile[]; root: string }> {
  const { file, folder, fs, limits, where, signal } = request;
  const format = await formatOf(file, where, limits);
  const unpacker = new Unpacker(folder, fs, new UnpackBudget(limits, where), where);
  const options = { where, limits, ...(signal ? { signal } : {}) };
  if (format === 'zip') await unpackZip(file, unpacker, options);
  else await unpackTar(file, unpacker, { ...options, gzip: format === 'tgz' });
  const files = unpacker.finish();
  const top = topFolder(files);
  if (top === undefined) return { files: [...files], root: folder };
  return {
    files: files.map((entry) => ({ ...entry, path: entry.path.slice(top.length + 1) })),
    root: posix.join(folder, top),
  };
}

/** The one folder that everything lies in; undefined where there is none, or where the root is the package itself. */
function topFolder(files: readonly TreeFile[]): string | undefined {
  const tops = new Set(files.map((file) => file.path.split('/', 1)[0]!));
  const [top] = tops;
  return tops.size === 1 && files[0]!.path !== top ? top : undefined;
}

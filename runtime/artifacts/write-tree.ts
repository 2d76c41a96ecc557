import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StaveError } from '@stave/api';
import { eachLimited } from './concurrency.js';
import { linkOrCopy, type StorageFileSystem, writing } from './storage.js';
import type { TreeFile } from './tree.js';

/** Enough to keep the disk busy without using up file handles. */
const AT_ONCE = 32;

async function writeOne(fs: StorageFileSystem, file: TreeFile, to: string): Promise<void> {
  const { source } = file;
  switch (source.kind) {
    case 'content':
      return fs.writeFile(to, source.content, { flag: 'wx', mode: file.executable ? 0o755 : 0o644 });
    case 'own':
      return linkOrCopy(fs, source.file, to);
    case 'foreign': {
      await fs.copyFile(source.file, to, constants.COPYFILE_FICLONE);
      const after = await stat(source.file, { bigint: true });
      if (after.mtimeNs !== source.mtimeNs || Number(after.size) !== file.size) {
        throw new StaveError('STAVE_ARCHIVE_INVALID', 'changed while it was read', {
          where: source.file,
          remedy: 'try again when nobody writes to it',
        });
      }
      return;
    }
  }
}

/**
 * Writes files below a folder that exists and is empty. Nothing is flushed: that costs more than all the rest, and what a
 * power cut takes away is noticed by its size and can be made again.
 */
export async function writeTree(
  fs: StorageFileSystem,
  folder: string,
  files: readonly TreeFile[],
  signal?: AbortSignal,
): Promise<void> {
  const folders = new Set(files.map((file) => dirname(join(folder, file.path))));
  await writing(folder, async () => {
    for (const inner of folders) await fs.mkdir(inner, { recursive: true });
    await eachLimited(files, AT_ONCE, async (file) => {
      signal?.throwIfAborted();
      await writeOne(fs, file, join(folder, file.path));
    });
  });
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { StaveError } from '@stave/api';
import { Header, Pax } from 'tar';
import { compareBytes, DEPENDENCY_PREFIX, type Tree, type TreeFile } from './tree.js';

const BLOCK = 512;
const EPOCH = new Date(0);
const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK);
const PADDING = Buffer.alloc(BLOCK);

function header(file: TreeFile): Buffer {
  const fields = {
    path: file.path,
    mode: file.executable ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: file.size,
    mtime: EPOCH,
    type: 'File',
    uname: '',
    gname: '',
    devmaj: 0,
    devmin: 0,
  } as const;
  const plain = new Header(fields);
  const needsPax = plain.encode();
  const block = plain.block ?? PADDING;
  if (!needsPax) return block;
  const pax = new Pax({ path: file.path, mtime: EPOCH, uid: 0, gid: 0, uname: '', gname: '' });
  return Buffer.concat([pax.encode(), block]);
}

async function* bytes(file: TreeFile): AsyncGenerator<Uint8Array> {
  if (file.source.kind === 'content') {
    if (file.size > 0) yield file.source.content;
    return;
  }
  let read = 0;
  for await (const chunk of createReadStream(file.source.file, { highWaterMark: 1 << 18 })) {
    read += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (read !== file.size) {
    throw new StaveError('STAVE_ARCHIVE_INVALID', 'changed while it was read', {
      where: file.source.file,
      remedy: 'try again when nobody writes to it',
    });
  }
}

/** The entries of some files, which must be sorted, without the end of archive. */
export async function* tarEntries(files: readonly TreeFile[]): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    yield header(file);
    yield* bytes(file);
    const rest = file.size % BLOCK;
    if (rest > 0) yield PADDING.subarray(rest);
  }
}

/** A whole tar of some files, which must be sorted. */
export async function* tarArchive(files: readonly TreeFile[]): AsyncGenerator<Uint8Array> {
  yield* tarEntries(files);
  yield END_OF_ARCHIVE;
}

/** The tar that names an artifact: names sorted by bytes, time 0, no owner, modes 0644 or 0755, files only. */
export async function* canonicalTar(tree: Tree): AsyncGenerator<Uint8Array> {
  const dependencies = tree.dependencies;
  const at = tree.files.findIndex((file) => compareBytes(file.path, DEPENDENCY_PREFIX) > 0);
  const split = at < 0 ? tree.files.length : at;
  yield* tarEntries(tree.files.slice(0, split));
  if (dependencies) yield* createReadStream(dependencies.tar, { highWaterMark: 1 << 20 });
  yield* tarEntries(tree.files.slice(split));
  yield END_OF_ARCHIVE;
}

/** Hash of the canonical tar, in hex for `sha256`. */
export async function treeHash(
  tree: Tree,
  algorithm: 'sha256' | 'sha384' | 'sha512' = 'sha256',
  encoding: 'hex' | 'base64' = 'hex',
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of canonicalTar(tree)) hash.update(chunk);
  return hash.digest(encoding);
}

import { type AbortOptions, StaveError } from '@stave/api';
import yauzl from 'yauzl';
import { storageError } from './storage.js';
import type { ArchiveEntry, Unpacker } from './unpacker.js';

export interface ZipOptions extends AbortOptions {
  readonly where: string;
}

const UNIX = 3;
const TYPE_MASK = 0o170000;
const LINK = 0o120000;
const FILE = 0o100000;
const LONGEST_LINK = 4096;

/** The Unix mode of an entry; 0 where the zip was made by something else. */
function unixMode(entry: yauzl.Entry): number {
  return entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
}

async function text(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Opened only when it is read: an error of a stream that nobody reads would end the process. */
async function* contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Uint8Array> {
  yield* await zip.openReadStreamPromise(entry);
}

async function toEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, where: string): Promise<ArchiveEntry> {
  const path = entry.fileName;
  if (path.endsWith('/')) return { kind: 'folder', path };
  const mode = unixMode(entry);
  const type = mode & TYPE_MASK;
  if (type !== 0 && type !== FILE && type !== LINK) return { kind: 'other', path, type: 'special file' };
  if (entry.isEncrypted()) {
    throw new StaveError('STAVE_ARCHIVE_INVALID', `${path} is encrypted`, { where });
  }
  const size = entry.uncompressedSize;
  if (type === LINK && size > LONGEST_LINK) return { kind: 'other', path, type: 'link that is too long' };
  const content = contentOf(zip, entry);
  if (type === LINK) return { kind: 'link', path, target: await text(content), type: 'symbolic' };
  return { kind: 'file', path, size, executable: (mode & 0o100) !== 0, content };
}

function invalid(error: unknown, where: string): unknown {
  if (error instanceof StaveError) return error;
  const { message } = error as Error;
  // yauzl refuses such names itself, before its entry can be looked at.
  const escapes = /^(absolute path|invalid relative path|invalid characters in fileName)/.test(message);
  return escapes
    ? new StaveError('STAVE_ARCHIVE_ESCAPE', message, { where, cause: error })
    : new StaveError('STAVE_ARCHIVE_INVALID', `is no whole zip archive: ${message}`, { where, cause: error });
}

/** Feeds a zip, entry after entry, to an unpacker. */
export async function unpackZip(
  file: string,
  unpacker: Unpacker,
  { where, signal }: ZipOptions,
): Promise<void> {
  try {
    const zip = await yauzl.openPromise(file, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        signal?.throwIfAborted();
        await unpacker.add(await toEntry(zip, entry, where));
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw invalid(storageError(error, file), where);
  }
}

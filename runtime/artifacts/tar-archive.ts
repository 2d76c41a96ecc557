import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type AbortOptions, StaveError } from '@stave/api';
import { Parser, type ReadEntry } from 'tar';
import { type ArtifactLimits, limitExceeded } from './limits.js';
import type { ArchiveEntry, Unpacker } from './unpacker.js';

export interface TarOptions extends AbortOptions {
  readonly gzip: boolean;
  readonly limits: ArtifactLimits;
  readonly where: string;
}

const FILES = new Set(['File', 'OldFile', 'ContiguousFile']);
/** More than headers, long names and padding can need for one file. */
const OVERHEAD = 4096;

function toEntry(entry: ReadEntry): ArchiveEntry {
  const { path, type } = entry;
  if (FILES.has(type)) {
    const executable = ((entry.mode ?? 0) & 0o100) !== 0;
    return { kind: 'file', path, size: entry.size, executable, content: entry };
  }
  const target = entry.linkpath ?? '';
  if (type === 'SymbolicLink') return { kind: 'link', path, target, type: 'symbolic' };
  if (type === 'Link') return { kind: 'link', path, target, type: 'hard' };
  if (type === 'Directory' || type === 'GNUDumpDir') return { kind: 'folder', path };
  return { kind: 'other', path, type };
}

function invalid(error: unknown, where: string): unknown {
  if (error instanceof StaveError) return error;
  return new StaveError('STAVE_ARCHIVE_INVALID', `is no whole tar archive: ${(error as Error).message}`, {
    where,
    cause: error,
  });
}

/** Feeds a tar, entry after entry, to an unpacker. */
export async function unpackTar(
  source: Readable | string,
  unpacker: Unpacker,
  { gzip, limits, where, signal }: TarOptions,
): Promise<void> {
  const most = limits['unpacked.size'] + OVERHEAD * limits['unpacked.files'];
  const input = typeof source === 'string' ? createReadStream(source) : source;
  let failure: unknown;
  const read = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    const feed = new TarFeed(unpacker);
    let size = 0;
    try {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > most) throw limitExceeded('unpacked.size', limits['unpacked.size'], where);
        await feed.write(chunk);
      }
      await feed.end();
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const options = signal ? { signal } : {};
  try {
    if (gzip) await pipeline(input, createGunzip(), read, options);
    else await pipeline(input, read, options);
  } catch (error) {
    signal?.throwIfAborted();
    // The pipeline itself only says that it was cut off.
    throw invalid(failure ?? error, where);
  }
}

/** Drives the push parser of `tar` so that one entry is written before more input is taken. */
class TarFeed {
  readonly #parser: Parser;
  #work: Promise<void> = Promise.resolve();
  #failure: unknown;
  #sawEnd = false;

  constructor(unpacker: Unpacker) {
    this.#parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        this.#work = this.#work
          .then(() => (this.#failure === undefined ? unpacker.add(toEntry(entry)) : undefined))
          .catch((error: unknown) => {
            this.#failure ??= error;
          })
          // What was not read must be taken away, else the parser waits for it.
          .finally(() => entry.resume());
      },
    });
    this.#parser.on('eof', () => {
      this.#sawEnd = true;
    });
    this.#parser.on('error', (error: unknown) => {
      this.#failure ??= error;
    });
  }

  async write(chunk: Buffer): Promise<void> {
    if (!this.#parser.write(chunk)) {
      await Promise.race([
        new Promise<void>((resolve) => this.#parser.once('drain', () => resolve())),
        this.#work,
      ]);
    }
    this.#check();
  }

  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#parser.once('end', () => resolve());
      this.#parser.once('error', () => resolve());
    });
    this.#parser.end();
    await ended;
    await this.#work;
    this.#check();
    if (!this.#sawEnd) throw new Error('the end of the archive is missing');
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

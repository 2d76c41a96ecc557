import { appendFileSync, mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** More waiting text than this is dropped, in characters: a disk that hangs must not take the memory with it. */
const QUEUE_LIMIT = 4_000_000;
const BATCH_LIMIT = 1_000_000;
const LOOK_AGAIN_MILLISECONDS = 1000;

/** The file operations of the log; a test may put a failing disk in their place. */
export interface LogFileSystem {
  readonly open: typeof open;
  readonly rename: typeof rename;
}

export interface RotatingFileOptions {
  readonly path: string;
  readonly fs?: LogFileSystem;
  /** Told when the file cannot be written any more; once, until it can be again. */
  readonly onProblem: (error: unknown) => void;
  /** Makes the line that says how many were lost. */
  readonly lostLine: (count: number) => string;
}

/**
 * Appends lines in the background. Files are `path`, `path.1`, … with the oldest last. A file that was removed or moved by
 * somebody else is made again.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #fs: LogFileSystem;
  #size = 10e6;
  #count = 5;
  #handle: FileHandle | undefined;
  #written = 0;
  #lookedAt = 0;
  #queue: string[] = [];
  #queued = 0;
  /** Text that is being written. */
  #underway = '';
  #lost = 0;
  #failing = false;
  #closed = false;
  #writing: Promise<void> | undefined;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#fs = options.fs ?? { open, rename };
  }

  /** @param size largest size of one file, in bytes */
  configure(size: number, count: number): void {
    this.#size = size;
    this.#count = count;
  }

  /** Queues a line; never waits and never throws. */
  append(line: string): void {
    if (this.#closed) return;
    if (this.#queued + line.length > QUEUE_LIMIT) {
      this.#lost += 1;
      return;
    }
    this.#queue.push(line);
    this.#queued += line.length;
    this.#writing ??= new Promise((resolve) => setImmediate(resolve)).then(() => this.#writeAll());
  }

  /** Resolves when all that was queued is written, or lost. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Writes what is queued before the process dies; what was under way may then stand there twice. */
  flushSync(): void {
    const text = this.#underway + this.#queue.join('');
    this.#queue = [];
    this.#queued = 0;
    if (text === '') return;
    try {
      mkdirSync(dirname(this.#options.path), { recursive: true });
      appendFileSync(this.#options.path, text, { mode: 0o640 });
    } catch (error) {
      this.#options.onProblem(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    await this.#letGo();
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) await this.#write(this.#nextBatch());
    this.#writing = undefined;
  }

  /** As many lines as fit into one file, at least one. */
  #nextBatch(): readonly string[] {
    const limit = Math.min(this.#size, BATCH_LIMIT);
    let count = 0;
    let bytes = 0;
    for (const line of this.#queue) {
      bytes += Buffer.byteLength(line);
      if (count > 0 && bytes > limit) break;
      count += 1;
    }
    const lines = this.#queue.splice(0, count);
    this.#queued -= lines.reduce((sum, line) => sum + line.length, 0);
    return lines;
  }

  async #write(lines: readonly string[]): Promise<void> {
    // A line that was cut short when the disk was full ends here.
    const prefix = this.#failing ? '\n' : '';
    const lost = this.#lost > 0 ? this.#options.lostLine(this.#lost) : '';
    this.#underway = prefix + lost + lines.join('');
    try {
      const bytes = Buffer.from(this.#underway);
      const handle = await this.#ready(bytes.length);
      await writeWhole(handle, bytes);
      this.#written += bytes.length;
      this.#lost = 0;
      this.#failing = false;
    } catch (error) {
      this.#lost += lines.length;
      if (!this.#failing) this.#options.onProblem(error);
      this.#failing = true;
      await this.#letGo();
    } finally {
      this.#underway = '';
    }
  }

  /** The file to append so many bytes to, rotated when they would make it too large. */
  async #ready(bytes: number): Promise<FileHandle> {
    if (this.#handle && !(await this.#isStillThere(this.#handle))) await this.#letGo();
    let handle = await this.#opened();
    if (this.#written > 0 && this.#written + bytes > this.#size) {
      await this.#letGo();
      await this.#rotate();
      handle = await this.#opened();
    }
    return handle;
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle) return this.#handle;
    await mkdir(dirname(this.#options.path), { recursive: true });
    const handle = await this.#fs.open(this.#options.path, 'a', 0o640);
    this.#handle = handle;
    this.#written = (await handle.stat()).size;
    return handle;
  }

  async #isStillThere(handle: FileHandle): Promise<boolean> {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_AGAIN_MILLISECONDS) return true;
    this.#lookedAt = now;
    const [named, held] = await Promise.all([stat(this.#options.path).catch(() => undefined), handle.stat()]);
    return named?.ino === held.ino && named.dev === held.dev;
  }

  async #rotate(): Promise<void> {
    const { path } = this.#options;
    const names = [path, ...Array.from({ length: this.#count - 1 }, (_, n) => `${path}.${n + 1}`)];
    await rm(names[names.length - 1]!, { force: true });
    for (let n = names.length - 1; n > 0; n -= 1) {
      await this.#fs.rename(names[n - 1]!, names[n]!).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }

  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }
}

async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset);
    offset += bytesWritten;
  }
}

import type { Event, JsonObject, Log, Logger, LogLevel, LogRecord } from '@stave/api';
import { Emitter } from '../base/emitter.js';
import { toJsonLine } from './format-record.js';
import { LOG_LEVELS, LogLevels } from './levels.js';
import { readLogConfiguration } from './log-configuration.js';
import { plainDetails } from './plain-details.js';
import { Ring } from './ring.js';
import { type LogFileSystem, RotatingFile } from './rotating-file.js';

export interface LogServiceOptions {
  /** Absolute path of the file; without one the log lives in memory only. */
  readonly file?: string;
  /** Told every record as well, such as headless standard output; what it throws is passed over. */
  readonly echo?: (record: LogRecord) => void;
  readonly fs?: LogFileSystem;
}

const OWN_NAME = 'stave.log';
const DEFAULT_RING = 500;

/** The log of the node. Writing never waits and never throws. */
export class LogService implements Log {
  readonly #levels = new LogLevels();
  readonly #ring = new Ring<LogRecord>(DEFAULT_RING);
  readonly #file: RotatingFile | undefined;
  readonly #echo: (record: LogRecord) => void;
  readonly #written: Emitter<LogRecord>;
  #telling = false;

  constructor(options: LogServiceOptions = {}) {
    const { file, fs, echo = () => undefined } = options;
    this.#echo = echo;
    this.#written = new Emitter((error) =>
      this.#write('error', OWN_NAME, 'a listener to the log failed', error),
    );
    if (file === undefined) return;
    this.#file = new RotatingFile({
      path: file,
      ...(fs ? { fs } : {}),
      onProblem: (error) => this.#keep(recordOf('error', OWN_NAME, `${file} cannot be written`, error)),
      lostLine: (count) =>
        toJsonLine(recordOf('warn', OWN_NAME, `${count} lines were lost before this one`, undefined)),
    });
  }

  readonly onDidWrite: Event<LogRecord> = (listener) => this.#written.event(listener);

  /** Takes the properties of `etc/stave.log.cfg`, at once. Throws `STAVE_CONFIG_REFUSED`, and then keeps what was in force. */
  configure(properties: JsonObject): void {
    const { level, levels, ring, fileSize, fileCount } = readLogConfiguration(properties);
    this.#levels.configure(level, levels);
    this.#ring.resize(ring);
    this.#file?.configure(fileSize, fileCount);
  }

  logger(name: string): Logger {
    return new LeveledLogger(name, this.#levels, (level, message, details) =>
      this.#write(level, name, message, details),
    );
  }

  recent(count?: number): readonly LogRecord[] {
    return this.#ring.newest(count);
  }

  level(logger?: string): LogLevel {
    return this.#levels.level(logger);
  }

  levels(): Readonly<Record<string, LogLevel>> {
    return this.#levels.list();
  }

  /** Resolves when everything written so far is in the file, or lost. */
  async flush(): Promise<void> {
    await this.#file?.flush();
  }

  /** For a process that is about to die. */
  flushSync(): void {
    this.#file?.flushSync();
  }

  /** Flushes and closes the file; later records go to the ring only. */
  async close(): Promise<void> {
    await this.#file?.close();
  }

  #write(level: LogLevel, logger: string, message: string, details: unknown): void {
    const record = recordOf(level, logger, message, details);
    this.#keep(record);
    this.#file?.append(toJsonLine(record));
  }

  #keep(record: LogRecord): void {
    this.#ring.push(record);
    try {
      this.#echo(record);
    } catch {
      // Standard output that is closed is no reason to fail.
    }
    // What a listener writes is kept, but told to nobody: it would be told for ever.
    if (this.#telling || this.#written.listenerCount === 0) return;
    this.#telling = true;
    // Not after firing: a bundle that is stopped by its time limit while it logs would keep the log silent.
    queueMicrotask(() => {
      this.#telling = false;
    });
    this.#written.fire(record);
    this.#telling = false;
  }
}

function recordOf(level: LogLevel, logger: string, message: string, details: unknown): LogRecord {
  const plain = plainDetails(details);
  const record = { time: Date.now(), level, logger, message: String(message) };
  return plain === undefined ? record : { ...record, details: plain };
}

/** A logger that looks up its level once for each configuration. */
class LeveledLogger implements Logger {
  readonly name: string;
  readonly #levels: LogLevels;
  readonly #write: (level: LogLevel, message: string, details: unknown) => void;
  #version = -1;
  #rank = 0;

  constructor(
    name: string,
    levels: LogLevels,
    write: (level: LogLevel, message: string, details: unknown) => void,
  ) {
    this.name = name;
    this.#levels = levels;
    this.#write = write;
  }

  trace(message: string, details?: unknown): void {
    this.#log(0, message, details);
  }

  debug(message: string, details?: unknown): void {
    this.#log(1, message, details);
  }

  info(message: string, details?: unknown): void {
    this.#log(2, message, details);
  }

  warn(message: string, details?: unknown): void {
    this.#log(3, message, details);
  }

  error(message: string, details?: unknown): void {
    this.#log(4, message, details);
  }

  #log(rank: number, message: string, details: unknown): void {
    if (this.#version !== this.#levels.version) {
      this.#rank = this.#levels.rank(this.name);
      this.#version = this.#levels.version;
    }
    const level = LOG_LEVELS[rank];
    if (rank >= this.#rank && level !== undefined) this.#write(level, message, details);
  }
}

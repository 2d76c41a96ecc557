import type { Event } from './disposable.js';
import { serviceToken } from './token.js';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Writes log records under one name. An Error among the details is written with its stack. */
export interface Logger {
  readonly name: string;
  trace(message: string, details?: unknown): void;
  debug(message: string, details?: unknown): void;
  info(message: string, details?: unknown): void;
  warn(message: string, details?: unknown): void;
  error(message: string, details?: unknown): void;
}

export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  /** Name of the logger: a room of the runtime, or `bundle name`. */
  readonly logger: string;
  readonly message: string;
  readonly details?: unknown;
}

/** The log of the node. */
export interface Log {
  logger(name: string): Logger;
  /** The newest records, oldest first; at most as many as the ring holds. */
  recent(count?: number): readonly LogRecord[];
  readonly onDidWrite: Event<LogRecord>;
  /** The level in force for a logger; names inherit from `a.b` to `a` to the root level. */
  level(logger?: string): LogLevel;
  levels(): Readonly<Record<string, LogLevel>>;
}
export const Log = serviceToken<Log>('stave.Log', 1);

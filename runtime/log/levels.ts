import type { LogLevel } from '@stave/api';

/** From the most to the least talkative. */
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

/** Name of the root level in lists. */
export const ROOT = 'ROOT';

/** Which level is in force for which logger. */
export class LogLevels {
  #root: LogLevel = 'info';
  #set: ReadonlyMap<string, LogLevel> = new Map();
  /** Grows with each change, so that loggers know when what they remember is out of date. */
  version = 0;

  configure(root: LogLevel, set: ReadonlyMap<string, LogLevel>): void {
    this.#root = root;
    this.#set = set;
    this.version += 1;
  }

  level(logger: string | undefined): LogLevel {
    for (let name = logger ?? ''; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
      const level = this.#set.get(name);
      if (level !== undefined) return level;
    }
    return this.#root;
  }

  /** Position of the level in force among LOG_LEVELS: what stands before it is not written. */
  rank(logger: string): number {
    return LOG_LEVELS.indexOf(this.level(logger));
  }

  list(): Readonly<Record<string, LogLevel>> {
    const names = [...this.#set.keys()].sort();
    return Object.fromEntries([[ROOT, this.#root], ...names.map((name) => [name, this.#set.get(name)])]);
  }
}

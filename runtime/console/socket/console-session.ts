import type { Session } from '@stave/api';

export interface ConsoleSessionOptions {
  readonly cwd: string;
  readonly columns: number;
  readonly interactive: boolean;
  /** Older lines, oldest first. */
  readonly history: readonly string[];
  ask(question: string): Promise<boolean>;
}

/** Lines that a session remembers. */
const MAX_HISTORY = 1000;
/** Karaf's short names for what is typed most. */
const ALIASES: readonly (readonly [string, string])[] = [
  ['cl', 'config:list'],
  ['halt', 'system:shutdown'],
  ['la', 'bundle:list'],
  ['ld', 'log:display'],
  ['man', 'help'],
];

/** One terminal or client, as commands see it. */
export class ConsoleSession implements Session {
  readonly cwd: string;
  readonly interactive: boolean;
  readonly variables = new Map<string, string>();
  readonly aliases = new Map<string, string>(ALIASES);
  readonly #ask: (question: string) => Promise<boolean>;
  #history: string[];
  #columns: number;
  #closed = false;

  constructor(options: ConsoleSessionOptions) {
    this.cwd = options.cwd;
    this.interactive = options.interactive;
    this.#columns = options.columns;
    this.#history = options.history.slice(-MAX_HISTORY);
    this.#ask = (question) => options.ask(question);
  }

  get columns(): number {
    return this.#columns;
  }

  get history(): readonly string[] {
    return this.#history;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async confirm(question: string): Promise<boolean> {
    return this.interactive ? this.#ask(question) : false;
  }

  close(): void {
    this.#closed = true;
  }

  /** Takes back `close`: somebody decided to stay. */
  reopen(): void {
    this.#closed = false;
  }

  resize(columns: number): void {
    this.#columns = columns;
  }

  remember(line: string): void {
    this.#history = [...this.#history, line].slice(-MAX_HISTORY);
  }
}

import type { Commands } from '@stave/api';
import type { ConsoleConnection, LineHandlers, LineResult } from './console-connection.js';
import { ConsoleSession } from './console-session.js';
import { runLine } from './run-line.js';

export interface LocalConnectionOptions {
  readonly commands: Pick<Commands, 'execute' | 'complete'>;
  readonly node: string;
  readonly cwd: string;
  readonly columns: number;
  readonly history: readonly string[];
}

/** The node of this process, for the terminal of `stave run`. */
export class LocalConnection implements ConsoleConnection {
  readonly node: string;
  readonly gone = new Promise<void>(() => undefined);
  readonly #commands: LocalConnectionOptions['commands'];
  readonly #session: ConsoleSession;
  #running: AbortController | undefined;
  #handlers: LineHandlers | undefined;

  constructor(options: LocalConnectionOptions) {
    this.node = options.node;
    this.#commands = options.commands;
    this.#session = new ConsoleSession({
      cwd: options.cwd,
      columns: options.columns,
      interactive: true,
      history: options.history,
      ask: async (question) => (await this.#handlers?.question(question)) ?? false,
    });
  }

  async run(line: string, handlers: LineHandlers): Promise<LineResult> {
    const controller = new AbortController();
    this.#running = controller;
    this.#handlers = handlers;
    this.#session.reopen();
    try {
      return await runLine(this.#commands, line, this.#session, {
        signal: controller.signal,
        write: (text) => handlers.output(text),
        writeError: (text) => handlers.errorOutput(text),
      });
    } finally {
      this.#running = undefined;
      this.#handlers = undefined;
    }
  }

  abort(): void {
    this.#running?.abort();
  }

  complete(text: string): ReturnType<Commands['complete']> {
    return this.#commands.complete(text, this.#session);
  }

  resize(columns: number): void {
    this.#session.resize(columns);
  }

  close(): void {
    this.abort();
  }
}

import { join } from 'node:path';
import type { Commands, Home, System } from '@stave/api';
import { HistoryFile } from './history-file.js';
import { LocalConnection } from './local-connection.js';
import { Terminal, type TerminalStreams } from './terminal.js';

export interface ConsoleTerminalOptions extends TerminalStreams {
  readonly commands: Pick<Commands, 'execute' | 'complete'>;
  readonly home: Pick<Home, 'name' | 'data'>;
  readonly system: Pick<System, 'shutdown' | 'onWillShutdown'>;
  readonly cwd: string;
}

/** The console of `stave run` on a terminal: leaving it stops the node, after a question. */
export class ConsoleTerminal {
  readonly #terminal: Terminal;
  readonly #system: ConsoleTerminalOptions['system'];

  constructor(options: ConsoleTerminalOptions) {
    const history = new HistoryFile(join(options.home.data, 'history'));
    const connection = new LocalConnection({
      commands: options.commands,
      node: options.home.name,
      cwd: options.cwd,
      columns: options.stdout.columns || 80,
      history: history.lines,
    });
    this.#system = options.system;
    const { stdin, stdout, stderr } = options;
    this.#terminal = new Terminal({
      connection,
      history,
      stdin,
      stdout,
      stderr,
      leaveQuestion: 'Stop the node?',
    });
  }

  /** Resolves when the terminal is given back: somebody left, and the node stops; or it stops for another reason. */
  async run(): Promise<void> {
    let stopping = false;
    const listener = this.#system.onWillShutdown(() => {
      stopping = true;
      this.#terminal.endSoon();
    });
    try {
      await this.#terminal.run();
    } finally {
      listener.dispose();
    }
    if (!stopping) this.#system.shutdown();
  }

  /** Prints whole lines without disturbing what is being typed. */
  print(text: string): void {
    this.#terminal.print(text);
  }
}

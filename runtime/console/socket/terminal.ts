import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type ConsoleConnection, promptOf } from './console-connection.js';
import type { HistoryFile } from './history-file.js';

/** The streams of a terminal, or of a test. */
export interface TerminalStreams {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly columns?: number };
  readonly stderr: Writable;
}

export interface TerminalOptions extends TerminalStreams {
  readonly connection: ConsoleConnection;
  readonly history: HistoryFile;
  /** Asked before Ctrl-D or `logout` ends the loop; default: nothing is asked. */
  readonly leaveQuestion?: string;
}

const YES = /^\s*y(es)?\s*$/i;

/**
 * The interactive loop: editing, history, completion. Ctrl-C clears the line or aborts the running command; Ctrl-D and
 * `logout` end the loop.
 */
export class Terminal {
  readonly #options: TerminalOptions;
  readonly #connection: ConsoleConnection;
  #interface: Interface | undefined;
  /** Lines typed while a command was running. */
  #typed: string[] = [];
  #waiting: { readonly question: boolean; resolve(line: string | undefined): void } | undefined;
  #running = false;
  #ended = false;
  #atLineStart = true;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#connection = options.connection;
  }

  /** Runs until somebody leaves, or the node is gone; false in the latter case. */
  async run(): Promise<boolean> {
    const { stdout } = this.#options;
    const resized = (): void => this.#connection.resize(stdout.columns || 80);
    stdout.on('resize', resized);
    let there = true;
    void this.#connection.gone.then(() => {
      there = false;
      this.end();
    });
    try {
      this.#open();
      while (await this.#turn());
      return there;
    } finally {
      this.end();
      stdout.off('resize', resized);
    }
  }

  /** As `end`, but a command that ends in this turn is not aborted: it may be the one that stops the node. */
  endSoon(): void {
    this.#ended = true;
    setImmediate(() => this.end());
  }

  /** Ends the loop without a question; a running command is aborted. */
  end(): void {
    this.#ended = true;
    if (this.#running) this.#connection.abort();
    this.#close();
    this.#waiting?.resolve(undefined);
  }

  /** Prints whole lines above what is being typed. */
  print(text: string): void {
    const { stdout } = this.#options;
    const prompting = this.#waiting !== undefined && this.#interface !== undefined;
    if (prompting) {
      clearLine(stdout, 0);
      cursorTo(stdout, 0);
    }
    this.#write(text.endsWith('\n') ? text : `${text}\n`);
    if (prompting) this.#interface?.prompt(true);
  }

  /** One line, read and run; false when the loop is to end. */
  async #turn(): Promise<boolean> {
    const line = this.#typed.shift() ?? (await this.#read(promptOf(this.#connection.node), false));
    if (this.#ended) return false;
    if (line === undefined) return !(await this.#mayLeave());
    if (line.trim() === '') return true;
    this.#options.history.add(line);
    const closed = await this.#runLine(line);
    if (this.#ended) return false;
    return !closed || !(await this.#mayLeave());
  }

  async #runLine(line: string): Promise<boolean> {
    const { stderr } = this.#options;
    this.#running = true;
    try {
      const result = await this.#connection.run(line, {
        output: (text) => this.#write(text),
        errorOutput: (text) => void stderr.write(text),
        question: (text) => this.#ask(text),
      });
      if (!this.#atLineStart) this.#write('\n');
      if (result.error) stderr.write(`${result.error.code}: ${result.error.message}\n`);
      return result.closed;
    } catch {
      return true; // the node is gone, which `run` tells
    } finally {
      this.#running = false;
    }
  }

  async #mayLeave(): Promise<boolean> {
    const { leaveQuestion, stdin } = this.#options;
    if (leaveQuestion === undefined || stdin.readableEnded || stdin.destroyed) return true;
    // Ctrl-D has closed the interface; the question needs one, and so does whoever stays.
    this.#open();
    const leaves = await this.#ask(leaveQuestion);
    if (!leaves && !stdin.readableEnded) this.#open();
    return leaves;
  }

  async #ask(question: string): Promise<boolean> {
    return YES.test((await this.#read(`${question} (y/N) `, true)) ?? '');
  }

  #read(prompt: string, question: boolean): Promise<string | undefined> {
    const reader = this.#interface;
    if (!reader || this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = {
        question,
        resolve: (line) => {
          this.#waiting = undefined;
          resolve(line);
        },
      };
      reader.setPrompt(prompt);
      reader.prompt();
    });
  }

  #open(): void {
    if (this.#interface || this.#ended) return;
    const { stdin, stdout, history } = this.#options;
    const reader = createInterface({
      input: stdin,
      output: stdout,
      terminal: true,
      history: [...history.lines].reverse(),
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string, answer: (error: null, result: [string[], string]) => void) => {
        void this.#complete(line).then((result) => answer(null, result));
      },
    });
    this.#interface = reader;
    reader.on('line', (line) => this.#line(line));
    reader.on('history', (lines) => {
      // The answer to a question is no command.
      if (this.#waiting?.question) lines.shift();
    });
    reader.on('SIGINT', () => this.#interrupt());
    reader.on('close', () => {
      if (this.#interface !== reader) return;
      this.#interface = undefined;
      this.#waiting?.resolve(undefined);
      if (!this.#running) return;
      // Ctrl-D means nothing to a running command, but Ctrl-C must go on to reach it.
      if (this.#options.stdin.readableEnded) this.#connection.abort();
      else this.#open();
    });
  }

  #close(): void {
    const reader = this.#interface;
    this.#interface = undefined;
    reader?.close();
  }

  #line(line: string): void {
    this.#atLineStart = true;
    if (this.#waiting) this.#waiting.resolve(line);
    else this.#typed.push(line);
  }

  #interrupt(): void {
    this.#write('^C\n');
    this.#typed = [];
    if (this.#running) {
      this.#connection.abort();
      this.#waiting?.resolve(undefined);
      return;
    }
    const reader = this.#interface;
    reader?.write(null, { ctrl: true, name: 'e' });
    reader?.write(null, { ctrl: true, name: 'u' });
    if (this.#waiting?.question) this.#waiting.resolve(undefined);
    else reader?.prompt();
  }

  async #complete(line: string): Promise<[string[], string]> {
    if (this.#running || this.#waiting?.question) return [[], line];
    const { candidates, replace } = await this.#connection
      .complete(line)
      .catch(() => ({ candidates: [], replace: 0 }));
    const [only] = candidates;
    const finished = candidates.length === 1 && only !== undefined ? [`${only} `] : [...candidates];
    return [finished, line.slice(line.length - replace)];
  }

  #write(text: string): void {
    if (text === '') return;
    this.#atLineStart = text.endsWith('\n');
    this.#options.stdout.write(text);
  }
}

import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { describeError, StaveError } from '@stave/api';
import { linesOf } from '../language/quote.js';
import type { ConsoleConnection } from './console-connection.js';
import { HistoryFile } from './history-file.js';
import { SocketConnection } from './socket-connection.js';
import { findSocketPath } from './socket-path.js';

/** What the launcher hands over. Its exit code is the promise's value; let the process end by itself, so that output is flushed. */
export interface ClientIo {
  /** Used without `--home` and `STAVE_HOME`. */
  readonly home: string;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable;
  /** Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Exit status when no node is there. */
const NODE_DOWN = 3;
const WRONG_USAGE = 2;
/** As shells count an end by SIGINT. */
const INTERRUPTED = 130;

const USAGE = `Usage: stave client [--home DIR] [COMMAND…]

Runs commands on a node that is running.
Without a command, on a terminal: a console. Without a terminal: each line of standard input is a command line.
If an argument contains a blank, each argument is one command line; else all are the words of one command.

  --home DIR  the home of the node; default STAVE_HOME, else the installation
  --help      this text

Exit status: 0 done, 1 failed, 2 wrong usage, 3 no node there.
`;

/** `stave client`: resolves with the exit status, never rejects. */
export async function clientMain(argv: readonly string[], io: ClientIo): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    io.stderr.write(`${describeError(error)}\n`);
    const code = error instanceof StaveError ? error.code : undefined;
    if (code === 'STAVE_NODE_DOWN') return NODE_DOWN;
    return code === 'STAVE_COMMAND_USAGE' ? WRONG_USAGE : 1;
  }
}

async function run(argv: readonly string[], io: ClientIo): Promise<number> {
  const options = readOptions(argv, io);
  if (options.help) {
    io.stdout.write(USAGE);
    return 0;
  }
  const interactive = options.words.length === 0 && io.stdin.isTTY === true;
  const data = join(options.home, 'data');
  const history = interactive ? new HistoryFile(join(data, 'history')) : undefined;
  const connection = await SocketConnection.open({
    path: findSocketPath(data),
    home: options.home,
    cwd: io.cwd,
    columns: io.stdout.columns || 80,
    interactive,
    history: history?.lines ?? [],
  });
  try {
    if (history) return await runInteractive(connection, history, io);
    const lines = options.words.length > 0 ? linesOf(options.words) : linesOfInput(io.stdin);
    return await runLines(connection, lines, io);
  } finally {
    connection.close();
  }
}

function readOptions(
  argv: readonly string[],
  io: ClientIo,
): { readonly home: string; readonly help: boolean; readonly words: readonly string[] } {
  let home = (io.env ?? process.env).STAVE_HOME || io.home;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at]!;
    if (word === '--help') return { home, help: true, words: [] };
    if (word === '--') return { home: resolve(io.cwd, home), help: false, words: argv.slice(at + 1) };
    if (word === '--home') {
      at += 1;
      home = argv[at] ?? '';
    } else if (word.startsWith('--home=')) home = word.slice('--home='.length);
    else if (word.startsWith('-')) throw usage(`there is no option ${word}`);
    else return { home: resolve(io.cwd, home), help: false, words: argv.slice(at) };
    if (home === '') throw usage('--home needs a folder');
  }
  return { home: resolve(io.cwd, home), help: false, words: [] };
}

function usage(sentence: string): StaveError {
  return new StaveError('STAVE_COMMAND_USAGE', sentence, {
    where: 'stave client',
    remedy: 'see stave client --help',
  });
}

async function runInteractive(
  connection: ConsoleConnection,
  history: HistoryFile,
  io: ClientIo,
): Promise<number> {
  // Only here, because the line editor costs start-up time.
  const { Terminal } = await import('./terminal.js');
  const { stdin, stdout, stderr } = io;
  const there = await new Terminal({ connection, history, stdin, stdout, stderr }).run();
  if (there) return 0;
  stderr.write('STAVE_NODE_DOWN: the node went away; start it with stave run\n');
  return NODE_DOWN;
}

async function* linesOfInput(stdin: Readable): AsyncGenerator<string> {
  const { createInterface } = await import('node:readline');
  try {
    for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line.trim() !== '') yield line;
  } finally {
    // Whoever writes to it may go on for long; after a failure nobody reads that.
    stdin.destroy();
  }
}

/** Runs lines one after the other; the first that fails ends the run. */
async function runLines(
  connection: ConsoleConnection,
  lines: Iterable<string> | AsyncIterable<string>,
  io: ClientIo,
): Promise<number> {
  let interrupted = false;
  const interrupt = (): void => {
    // The second Ctrl-C does not wait for an answer.
    if (interrupted) connection.close();
    interrupted = true;
    connection.abort();
  };
  // Such as `stave client bundle:list | head`: nobody reads on, which is no failure.
  let unread = false;
  const stopped = (): void => {
    unread = true;
    connection.close();
  };
  process.on('SIGINT', interrupt);
  io.stdout.on('error', stopped);
  try {
    for await (const line of lines) {
      const result = await connection.run(line, {
        output: (text) => void io.stdout.write(text),
        errorOutput: (text) => void io.stderr.write(text),
        question: async () => false,
      });
      if (result.error) io.stderr.write(`${result.error.code}: ${result.error.message}\n`);
      if (interrupted) return INTERRUPTED;
      if (result.status !== 0) return result.status;
      if (result.closed) return 0;
    }
    return 0;
  } catch (error) {
    if (interrupted) return INTERRUPTED;
    if (unread) return 0;
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    io.stdout.off('error', stopped);
  }
}

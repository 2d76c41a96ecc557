import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { StaveError } from '@stave/api';
import type { ConsoleConnection, LineHandlers, LineResult } from './console-connection.js';
import { LineReader } from './line-reader.js';
import {
  type ClientFrame,
  decodeFrame,
  encodeFrame,
  PROTOCOL_VERSION,
  type ServerFrame,
} from './protocol.js';

/** Time that a node gets to say hello. */
const HELLO_MILLISECONDS = 10_000;
/** The node cuts its frames; this only guards against something that is no node. */
const MAX_FRAME = 16 * 1024 * 1024;

export interface SocketConnectionOptions {
  readonly path: string;
  /** Named in errors. */
  readonly home: string;
  readonly cwd: string;
  readonly columns: number;
  readonly interactive: boolean;
  readonly history: readonly string[];
}

/** Characters of history that a hello carries. */
const MAX_HISTORY = 256 * 1024;

type Completion = { readonly candidates: readonly string[]; readonly replace: number };

/** A node behind its socket. */
export class SocketConnection implements ConsoleConnection {
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #home: string;
  readonly #reader = new LineReader(MAX_FRAME);
  readonly #completions = new Map<number, (completion: Completion) => void>();
  #running:
    | {
        readonly id: number;
        readonly handlers: LineHandlers;
        resolve(result: LineResult): void;
        reject(error: Error): void;
      }
    | undefined;
  #greeted: ((error?: Error) => void) | undefined;
  #lost: StaveError | undefined;
  #node = '';
  #ids = 0;

  private constructor(socket: Socket, home: string) {
    this.#socket = socket;
    this.#home = home;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#lose();
        resolve();
      });
    });
  }

  /** Throws `STAVE_NODE_DOWN` when no node is there, `STAVE_SOCKET` when it cannot be talked to. */
  static async open(options: SocketConnectionOptions): Promise<SocketConnection> {
    const socket = await openSocket(options);
    const connection = new SocketConnection(socket, options.home);
    await connection.#hello(options);
    return connection;
  }

  get node(): string {
    return this.#node;
  }

  run(line: string, handlers: LineHandlers): Promise<LineResult> {
    return new Promise((resolve, reject) => {
      if (this.#lost) {
        reject(this.#lost);
        return;
      }
      this.#ids += 1;
      this.#running = { id: this.#ids, handlers, resolve, reject };
      this.#send({ type: 'run', id: this.#ids, line });
    });
  }

  abort(): void {
    this.#send({ type: 'abort' });
  }

  complete(text: string): Promise<Completion> {
    if (this.#lost) return Promise.resolve({ candidates: [], replace: 0 });
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve) => {
      this.#completions.set(id, resolve);
      this.#send({ type: 'complete', id, text });
    });
  }

  resize(columns: number): void {
    this.#send({ type: 'resize', columns });
  }

  close(): void {
    this.#socket.destroy();
  }

  #hello(options: SocketConnectionOptions): Promise<void> {
    const { cwd, columns, interactive } = options;
    const history = recentLines(options.history);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#greeted?.(new StaveError('STAVE_SOCKET', 'the node does not answer', { where: options.home }));
      }, HELLO_MILLISECONDS);
      this.#greeted = (error) => {
        clearTimeout(timer);
        this.#greeted = undefined;
        if (!error) {
          resolve();
          return;
        }
        this.#socket.destroy();
        reject(error);
      };
      this.#send({ type: 'hello', version: PROTOCOL_VERSION, cwd, columns, interactive, history });
    });
  }

  #receive(text: string): void {
    for (const line of this.#reader.push(text) ?? []) {
      const frame = decodeFrame(line) as ServerFrame | undefined;
      if (frame) this.#handle(frame);
    }
  }

  #handle(frame: ServerFrame): void {
    const running = this.#running;
    switch (frame.type) {
      case 'hello':
        this.#node = frame.node;
        this.#greeted?.();
        break;
      case 'output':
        running?.handlers.output(frame.text);
        break;
      case 'error-output':
        running?.handlers.errorOutput(frame.text);
        break;
      case 'question':
        void this.#ask(frame.id, frame.text);
        break;
      case 'done':
        this.#running = undefined;
        running?.resolve({ status: frame.status, error: frame.error, closed: frame.closed });
        break;
      case 'candidates':
        this.#completions.get(frame.id)?.(frame);
        this.#completions.delete(frame.id);
        break;
      case 'error':
        this.#lost = new StaveError('STAVE_SOCKET', frame.message, {
          remedy: 'use the client of the same version as the node',
        });
        break;
    }
  }

  async #ask(id: number, text: string): Promise<void> {
    const yes = (await this.#running?.handlers.question(text)) ?? false;
    this.#send({ type: 'answer', id, yes });
  }

  #send(frame: ClientFrame): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(frame));
  }

  #lose(): void {
    const error =
      this.#lost ?? new StaveError('STAVE_NODE_DOWN', 'the node went away', { where: this.#home });
    this.#lost = error;
    this.#greeted?.(error);
    this.#running?.reject(error);
    this.#running = undefined;
    for (const resolve of this.#completions.values()) resolve({ candidates: [], replace: 0 });
    this.#completions.clear();
  }
}

function openSocket(options: SocketConnectionOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options.path);
    const failed = (error: NodeJS.ErrnoException): void => {
      socket.destroy();
      reject(connectError(error, options));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

function connectError(error: NodeJS.ErrnoException, options: SocketConnectionOptions): StaveError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR') {
    const [sentence, remedy] = existsSync(join(options.home, 'data', 'lock'))
      ? [
          `the node on ${options.home} does not answer`,
          'try again soon if it is just starting, else start it with stave run',
        ]
      : [`no node is running on ${options.home}`, 'start it with stave run'];
    return new StaveError('STAVE_NODE_DOWN', sentence, { remedy, cause: error });
  }
  return new StaveError('STAVE_SOCKET', `the node cannot be reached: ${error.message}`, {
    where: options.path,
    cause: error,
  });
}

function recentLines(lines: readonly string[]): readonly string[] {
  let length = 0;
  const first = lines.findLastIndex((line) => {
    length += line.length;
    return length > MAX_HISTORY;
  });
  return lines.slice(first + 1);
}

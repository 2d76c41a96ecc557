import type { Socket } from 'node:net';
import type { Commands } from '@stave/api';
import { ConsoleSession } from './console-session.js';
import { LineReader } from './line-reader.js';
import {
  type ClientFrame,
  encodeFrame,
  MAX_FRAME,
  PROTOCOL_VERSION,
  readClientFrame,
  type ServerFrame,
} from './protocol.js';
import { runLine } from './run-line.js';

/** Characters of output in one frame. */
const CHUNK = 64 * 1024;
/** Bytes that may wait for a client that does not read; more ends its connection. */
const MAX_WAITING = 64 * 1024 * 1024;
/** Time that a client gets to take the last answer. */
const CLOSE_MILLISECONDS = 1000;

export interface ServerConnectionOptions {
  readonly socket: Socket;
  readonly commands: Pick<Commands, 'execute' | 'complete'>;
  readonly node: string;
}

/** One client of the node. What it sends is checked; garbage is answered with an error and the end. */
export class ServerConnection {
  readonly #socket: Socket;
  readonly #commands: ServerConnectionOptions['commands'];
  readonly #node: string;
  readonly #reader = new LineReader(MAX_FRAME);
  readonly #answers = new Map<number, (yes: boolean) => void>();
  #session: ConsoleSession | undefined;
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  #questions = 0;
  #refused = false;

  constructor(options: ServerConnectionOptions) {
    this.#socket = options.socket;
    this.#commands = options.commands;
    this.#node = options.node;
    const socket = options.socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    // An error is always followed by `close`.
    socket.on('error', () => undefined);
    // A client that went away wants no answer.
    socket.on('close', () => this.#abort());
  }

  /** Aborts what runs, lets its answer go out, and ends the connection. */
  async close(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.ended;
    if (this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MILLISECONDS);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end();
    });
  }

  #receive(text: string): void {
    if (this.#refused) return;
    const lines = this.#reader.push(text);
    if (!lines) {
      this.#refuse(`a line of more than ${MAX_FRAME} characters`);
      return;
    }
    for (const line of lines) {
      if (this.#refused) return;
      const frame = readClientFrame(line);
      if (frame) this.#handle(frame);
      else this.#refuse('what is no frame of the protocol');
    }
  }

  #handle(frame: ClientFrame): void {
    const session = this.#session;
    if (frame.type === 'hello') {
      if (session) this.#refuse('a second hello');
      else this.#hello(frame);
    } else if (!session) this.#refuse('a frame before hello');
    else if (frame.type === 'run') this.#run(frame.id, frame.line, session);
    else if (frame.type === 'abort') this.#abort();
    else if (frame.type === 'answer') this.#answer(frame.id, frame.yes);
    else if (frame.type === 'resize') session.resize(frame.columns);
    else void this.#complete(frame.id, frame.text, session);
  }

  #hello(frame: Extract<ClientFrame, { type: 'hello' }>): void {
    if (frame.version !== PROTOCOL_VERSION) {
      this.#refuse(`version ${frame.version} of the protocol; this node speaks ${PROTOCOL_VERSION}`);
      return;
    }
    this.#session = new ConsoleSession({ ...frame, ask: (question) => this.#ask(question) });
    this.#send({ type: 'hello', version: PROTOCOL_VERSION, node: this.#node });
  }

  #run(id: number, line: string, session: ConsoleSession): void {
    if (this.#running) {
      this.#refuse('a line while another is running');
      return;
    }
    const abort = new AbortController();
    const ended = runLine(this.#commands, line, session, {
      signal: abort.signal,
      write: (text) => this.#write('output', text),
      writeError: (text) => this.#write('error-output', text),
    }).then(({ status, error, closed }) => {
      this.#running = undefined;
      this.#forgetQuestions();
      this.#send({ type: 'done', id, status, closed, ...(error && { error }) });
    });
    this.#running = { abort, ended };
  }

  #abort(): void {
    this.#running?.abort.abort();
    this.#forgetQuestions();
  }

  #ask(text: string): Promise<boolean> {
    this.#questions += 1;
    const id = this.#questions;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#send({ type: 'question', id, text });
    });
  }

  #answer(id: number, yes: boolean): void {
    this.#answers.get(id)?.(yes);
    this.#answers.delete(id);
  }

  #forgetQuestions(): void {
    for (const answer of this.#answers.values()) answer(false);
    this.#answers.clear();
  }

  async #complete(id: number, text: string, session: ConsoleSession): Promise<void> {
    const { candidates, replace } = await this.#commands
      .complete(text, session)
      .catch(() => ({ candidates: [], replace: 0 }));
    this.#send({ type: 'candidates', id, candidates, replace });
  }

  #write(type: 'output' | 'error-output', text: string): void {
    for (const chunk of chunksOf(text)) this.#send({ type, text: chunk });
  }

  #send(frame: ServerFrame): void {
    if (!this.#socket.writable) return;
    this.#socket.write(encodeFrame(frame));
    if (this.#socket.writableLength > MAX_WAITING) this.#socket.destroy();
  }

  #refuse(what: string): void {
    this.#refused = true;
    this.#abort();
    this.#send({ type: 'error', code: 'STAVE_SOCKET', message: `the client sent ${what}` });
    this.#socket.end();
  }
}

/** Pieces of a text, none of which ends inside a character. */
function* chunksOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + CHUNK);
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1]!)) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

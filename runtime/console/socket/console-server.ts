import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Commands, type Logger, StaveError } from '@stave/api';
import { writeFileAtomic } from '../../base/atomic-file.js';
import { ServerConnection } from './server-connection.js';
import { isTooLong, plainSocketPath, pointerPath } from './socket-path.js';

const FOLDER_PREFIX = 'stave-console-';
const MAX_CLIENTS = 64;

export interface ConsoleServerOptions {
  readonly commands: Pick<Commands, 'execute' | 'complete'>;
  /** Name of the node. */
  readonly node: string;
  /** The home's data folder; it must be there. */
  readonly data: string;
  readonly log: Pick<Logger, 'warn'>;
}

/** Lets clients in through a Unix socket that only the node's user can open. */
export class ConsoleServer {
  readonly path: string;
  readonly #server: Server;
  readonly #connections: ReadonlySet<ServerConnection>;
  readonly #data: string;

  private constructor(
    path: string,
    server: Server,
    connections: ReadonlySet<ServerConnection>,
    data: string,
  ) {
    this.path = path;
    this.#server = server;
    this.#connections = connections;
    this.#data = data;
  }

  /** Replaces what an earlier run left behind. Throws `STAVE_SOCKET`, also when another process answers there. */
  static async listen(options: ConsoleServerOptions): Promise<ConsoleServer> {
    const { data } = options;
    await removeStale(data);
    const plain = plainSocketPath(data);
    const path = isTooLong(plain) ? await privatePath(data) : plain;
    const connections = new Set<ServerConnection>();
    const server = createServer((socket) => {
      const connection = new ServerConnection({ socket, commands: options.commands, node: options.node });
      connections.add(connection);
      socket.once('close', () => connections.delete(connection));
    });
    server.maxConnections = MAX_CLIENTS;
    try {
      await listenPrivately(server, path);
    } catch (error) {
      removeFiles(path, data);
      throw socketError(path, error);
    }
    server.on('error', (error) => options.log.warn('the socket for clients failed', error));
    return new ConsoleServer(path, server, connections, data);
  }

  /** Aborts what clients run, ends their connections, and removes the socket. */
  async close(): Promise<void> {
    // The command that stops the node is itself one of those that run: it ends in this turn.
    await new Promise((resolve) => setImmediate(resolve));
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await closed;
    removeFiles(this.path, this.#data);
  }
}

/** Whether somebody accepts connections on a socket. */
export function socketAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

async function listenPrivately(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Between binding and chmod nobody else may get in; binding happens inside listen().
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
  chmodSync(path, 0o600);
}

/** A socket in a folder of its own, named in the data folder. */
async function privatePath(data: string): Promise<string> {
  const inTemporary = join(tmpdir(), `${FOLDER_PREFIX}XXXXXX`, 'stave.sock');
  const folder = mkdtempSync(join(isTooLong(inTemporary) ? '/tmp' : tmpdir(), FOLDER_PREFIX));
  const path = join(folder, 'stave.sock');
  await writeFileAtomic(pointerPath(data), `${path}\n`, { mode: 0o600, durable: false });
  return path;
}

async function removeStale(data: string): Promise<void> {
  const named = await readFile(pointerPath(data), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  const plain = plainSocketPath(data);
  for (const path of [named, isTooLong(plain) ? undefined : plain]) {
    if (path === undefined || path === '') continue;
    if (await socketAnswers(path))
      throw new StaveError('STAVE_SOCKET', 'another process listens there', {
        where: path,
        remedy: 'stop the node that runs on this home',
      });
    removeFiles(path, data);
  }
}

/** Removes only what this file makes: a socket in data, or one in a folder with our prefix. */
function removeFiles(path: string, data: string): void {
  const folder = dirname(path);
  if (basename(folder).startsWith(FOLDER_PREFIX)) rmSync(folder, { recursive: true, force: true });
  else if (path === plainSocketPath(data)) rmSync(path, { force: true });
  rmSync(pointerPath(data), { force: true });
}

function socketError(path: string, cause: unknown): StaveError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StaveError('STAVE_SOCKET', `clients cannot be let in: ${reason}`, { where: path, cause });
}

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Command } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import type { LineHandlers } from 'stave/console/socket/console-connection.js';
import { ConsoleServer } from 'stave/console/socket/console-server.js';
import { MAX_FRAME } from 'stave/console/socket/protocol.js';
import { SocketConnection } from 'stave/console/socket/socket-connection.js';
import { findSocketPath } from 'stave/console/socket/socket-path.js';
import { poll } from '../../support/poll.js';
import { withTemporaryFolder } from '../../support/temporary.js';
import { commandOf, fail, registryOf, showWords } from '../console-fixture.js';
import { rejection } from '../rejection.js';

const log = { warn: () => undefined };

async function withServer(
  commands: readonly Command[],
  body: (data: string, server: ConsoleServer) => Promise<void>,
  below = 'data',
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const data = join(folder, below);
    mkdirSync(data, { recursive: true });
    const server = await ConsoleServer.listen({ commands: registryOf(commands), node: 'root', data, log });
    try {
      await body(data, server);
    } finally {
      await server.close();
    }
  });
}

function open(data: string, interactive = false): Promise<SocketConnection> {
  return SocketConnection.open({
    path: findSocketPath(data),
    home: dirname(data),
    cwd: '/work/here',
    columns: 80,
    interactive,
    history: ['older'],
  });
}

function handlers(shown: string[] = [], yes = false): LineHandlers {
  return {
    output: (text) => void shown.push(text),
    errorOutput: (text) => void shown.push(`! ${text}`),
    question: async (text) => {
      shown.push(`? ${text}`);
      return yes;
    },
  };
}

/** What the node says to raw bytes, until it ends the connection. */
function sendRaw(path: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}

describe('console/socket: the server', () => {
  it('runs lines for two clients at once, each in its own session', async () => {
    await withServer([showWords], async (data) => {
      const [one, two] = [await open(data), await open(data)];
      expect(one.node).to.equal('root');
      const shown: string[] = [];
      await one.run('A=1', handlers());
      await two.run('A=2', handlers());
      await Promise.all([one.run('words one $A', handlers(shown)), two.run('words two $A', handlers(shown))]);
      expect(shown.sort()).to.deep.equal(['<one><1>\n', '<two><2>\n']);
      one.close();
      two.close();
    });
  });

  it('gives a failing line its status and error', async () => {
    await withServer([fail, showWords], async (data) => {
      const client = await open(data);
      const failed = await client.run('fail', handlers());
      expect(failed.status).to.equal(1);
      expect(failed.error?.code).to.equal('STAVE_COMMAND_FAILED');
      expect((await client.run('nothing', handlers())).status).to.equal(2);
      expect((await client.run('words ok', handlers())).status).to.equal(0);
      client.close();
    });
  });

  it('tells commands the folder, width and history of the client, and asks it questions', async () => {
    const probe = commandOf('a:probe', async ({ session }) => {
      const yes = await session.confirm('Sure?');
      return JSON.stringify([session.cwd, session.columns, session.history, session.interactive, yes]);
    });
    await withServer([probe], async (data) => {
      const client = await open(data, true);
      client.resize(120);
      const shown: string[] = [];
      await client.run('probe', handlers(shown, true));
      expect(shown).to.deep.equal(['? Sure?', '["/work/here",120,["older","probe"],true,true]\n']);
      client.close();
      const script = await open(data);
      const silent: string[] = [];
      await script.run('probe', handlers(silent, true));
      expect(silent.join('')).to.contain('false,false]');
      script.close();
    });
  });

  it('brings output whole, however long, characters of two halves included', async () => {
    const text = `x${'💥'.repeat(200_000)}`;
    await withServer([commandOf('a:long', () => text)], async (data) => {
      const client = await open(data);
      const shown: string[] = [];
      await client.run('long', handlers(shown));
      expect(shown.length).to.be.greaterThan(1);
      expect(shown.join('') === `${text}\n`).to.equal(true);
      for (const chunk of shown) expect(Buffer.from(chunk).toString() === chunk).to.equal(true);
      client.close();
    });
  });

  it('aborts the running command on request, and when the client goes away', async () => {
    let running = 0;
    let aborted = 0;
    const wait = commandOf('a:wait', async ({ signal }) => {
      running += 1;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      aborted += 1;
    });
    await withServer([wait, showWords], async (data) => {
      const client = await open(data);
      const result = client.run('wait; words no', handlers());
      await poll(() => running === 1);
      client.abort();
      expect((await result).error?.code).to.equal('STAVE_ABORTED');
      expect((await client.run('words', handlers())).status).to.equal(0);

      const gone = rejection(client.run('wait', handlers()));
      await poll(() => running === 2);
      client.close();
      await poll(() => aborted === 2);
      expect((await gone).code).to.equal('STAVE_NODE_DOWN');
    });
  });

  it('answers garbage with an error and the end, and goes on with others', async () => {
    await withServer([showWords], async (data, server) => {
      const good = await open(data);
      const hello = '{"type":"hello","version":1,"cwd":"/","columns":80,"interactive":false}\n';
      const garbage = [
        'GET / HTTP/1.1\r\n\r\n',
        '\n',
        '[]\n',
        '{"type":"run","id":1,"line":"words"}\n',
        '{"type":"hello","version":99,"cwd":"/","columns":80,"interactive":false}\n',
        '{"type":"hello","version":1,"cwd":7,"columns":80,"interactive":false}\n',
        '{"type":"hello","version":1,"cwd":"/","columns":-1,"interactive":false}\n',
        `${hello}${hello}`,
        `${hello}{"type":"run","id":1}\n`,
        `${hello}{"type":"__proto__","id":1}\n`,
        'x'.repeat(MAX_FRAME + 1),
      ];
      for (const bytes of garbage) {
        const answer = await sendRaw(server.path, bytes);
        const last = answer.trim().split('\n').at(-1) ?? '';
        expect(JSON.parse(last), bytes.slice(0, 80)).to.include({ type: 'error', code: 'STAVE_SOCKET' });
      }
      const shown: string[] = [];
      await good.run('words still there', handlers(shown));
      expect(shown).to.deep.equal(['<still><there>\n']);
      good.close();
    });
  });

  it('survives any bytes', async () => {
    await withServer([showWords], async (data, server) => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
          await sendRaw(server.path, Buffer.concat([bytes, Buffer.from('\n')]));
        }),
        { numRuns: 50 },
      );
      const client = await open(data);
      expect((await client.run('words', handlers())).status).to.equal(0);
      client.close();
    });
  });

  it('lets only its own user in, and removes its files', async () => {
    await withTemporaryFolder(async (data) => {
      const server = await ConsoleServer.listen({ commands: registryOf([]), node: 'root', data, log });
      expect(server.path).to.equal(join(data, 'stave.sock'));
      expect(statSync(server.path).mode & 0o777).to.equal(0o600);
      await server.close();
      expect(existsSync(server.path)).to.equal(false);
    });
  });

  it('uses a private folder where the path would be too long, and names it in data/socket', async () => {
    const below = join('long'.repeat(30), 'data');
    let folder = '';
    await withServer(
      [showWords],
      async (data, server) => {
        folder = dirname(server.path);
        expect(Buffer.byteLength(server.path)).to.be.at.most(100);
        expect(readFileSync(join(data, 'socket'), 'utf8')).to.equal(`${server.path}\n`);
        expect(statSync(folder).mode & 0o777).to.equal(0o700);
        const client = await open(data);
        expect((await client.run('words', handlers())).status).to.equal(0);
        client.close();
      },
      below,
    );
    expect(existsSync(folder)).to.equal(false);
  });

  it('replaces what a killed node left behind', async () => {
    await withTemporaryFolder(async (data) => {
      writeFileSync(join(data, 'stave.sock'), 'left behind');
      writeFileSync(join(data, 'socket'), '/nowhere/stave-console-abc/stave.sock\n');
      const server = await ConsoleServer.listen({
        commands: registryOf([showWords]),
        node: 'root',
        data,
        log,
      });
      const client = await open(data);
      expect((await client.run('words', handlers())).status).to.equal(0);
      client.close();
      await server.close();
    });
  });

  it('refuses to take the place of somebody who answers', async () => {
    await withTemporaryFolder(async (data) => {
      const other = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => other.listen(join(data, 'stave.sock'), resolve));
      const options = { commands: registryOf([]), node: 'root', data, log };
      expect((await rejection(ConsoleServer.listen(options))).code).to.equal('STAVE_SOCKET');
      expect(existsSync(join(data, 'stave.sock'))).to.equal(true);
      await new Promise((resolve) => other.close(resolve));
    });
  });

  it('says which folder has no room for a socket', async () => {
    await withTemporaryFolder(async (folder) => {
      const data = join(folder, 'none');
      const error = await rejection(
        ConsoleServer.listen({ commands: registryOf([]), node: 'root', data, log }),
      );
      expect(error.code).to.equal('STAVE_SOCKET');
      expect(error.where).to.contain(data);
    });
  });

  it('answers the command that closes it before it ends the connection', async () => {
    await withTemporaryFolder(async (data) => {
      let closed: Promise<void> | undefined;
      const stop = commandOf('a:stop', () => {
        closed = server.close();
        return 'stopping';
      });
      const stuck = commandOf('a:stuck', () => new Promise<undefined>(() => undefined));
      const server: ConsoleServer = await ConsoleServer.listen({
        commands: registryOf([stop, stuck]),
        node: 'root',
        data,
        log,
      });
      const [one, two] = [await open(data), await open(data)];
      const waiting = two.run('stuck', handlers());
      expect(await one.run('stop', handlers())).to.include({ status: 0 });
      expect((await waiting).error?.code).to.equal('STAVE_ABORTED');
      await Promise.all([one.gone, two.gone, closed]);
    });
  });
});

describe('console/socket: a client without a node', () => {
  it('says that no node is running', async () => {
    await withTemporaryFolder(async (folder) => {
      const error = await rejection(open(join(folder, 'data')));
      expect(error.code).to.equal('STAVE_NODE_DOWN');
      expect(error.message).to.equal(`no node is running on ${folder}; start it with stave run`);
    });
  });
});

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@stave/api';
import { expect } from 'chai';
import { clientMain } from 'stave/console/socket/client-main.js';
import { ConsoleServer } from 'stave/console/socket/console-server.js';
import { poll } from '../../support/poll.js';
import { withTemporaryFolder } from '../../support/temporary.js';
import { commandOf, fail, registryOf, showWords } from '../console-fixture.js';
import { FakeTerminal } from '../fake-terminal.js';

const log = { warn: () => undefined };
const logout = commandOf('shell:logout', ({ session }) => session.close());
let waiting = 0;
const wait = commandOf('shell:wait', async ({ signal, write }) => {
  write('waiting');
  waiting += 1;
  await new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
});
const confirm = commandOf('shell:sure', async ({ session }) => `sure ${await session.confirm('Sure?')}`);
const COMMANDS = [showWords, fail, logout, wait, confirm];

async function withNode(body: (home: string, server: ConsoleServer) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (home) => {
    const data = join(home, 'data');
    mkdirSync(data);
    const commands: readonly Command[] = COMMANDS;
    const server = await ConsoleServer.listen({ commands: registryOf(commands), node: 'root', data, log });
    try {
      await body(home, server);
    } finally {
      await server.close();
    }
  });
}

interface Run {
  readonly terminal: FakeTerminal;
  readonly status: Promise<number>;
}

function start(
  home: string,
  argv: readonly string[],
  options: { readonly tty?: boolean; readonly env?: Record<string, string>; readonly columns?: number } = {},
): Run {
  const terminal = new FakeTerminal({ tty: options.tty ?? false });
  terminal.stdout.columns = options.columns ?? 200;
  const { stdin, stdout, stderr } = terminal;
  const io = { home, cwd: '/work', stdin, stdout, stderr, env: options.env ?? {} };
  return { terminal, status: clientMain(argv, io) };
}

async function outcome(
  home: string,
  argv: readonly string[],
  input = '',
): Promise<{ status: number; out: string; err: string }> {
  const { terminal, status } = start(home, argv);
  terminal.stdin.end(input);
  const value = await status;
  await new Promise((resolve) => setImmediate(resolve));
  return { status: value, out: terminal.shown, err: terminal.errors };
}

describe('console/socket: stave client with arguments', () => {
  it('runs the words of one command, quoted as they are', async () => {
    await withNode(async (home) => {
      expect(await outcome(home, ['words', 'a;b', '$X', "it's"])).to.deep.equal({
        status: 0,
        out: "<a;b><$X><it's>\n",
        err: '',
      });
    });
  });

  it('runs each argument as a line when one contains a blank, up to the first failure', async () => {
    await withNode(async (home) => {
      const { status, out, err } = await outcome(home, ['words a', 'fail', 'words b']);
      expect([status, out]).to.deep.equal([1, '<a>\n']);
      expect(err).to.match(/^STAVE_COMMAND_FAILED: shell:fail: .*it broke.*\n$/);
    });
  });

  it('gives 2 for wrong usage of a command and of itself', async () => {
    await withNode(async (home) => {
      expect((await outcome(home, ['nothing'])).status).to.equal(2);
      expect((await outcome(home, ['--hom'])).status).to.equal(2);
      expect((await outcome(home, ['--home'])).err).to.contain('STAVE_COMMAND_USAGE: stave client');
    });
  });

  it('gives 3 where no node is', async () => {
    await withTemporaryFolder(async (home) => {
      const { status, err } = await outcome(home, ['words']);
      expect(status).to.equal(3);
      expect(err).to.equal(`STAVE_NODE_DOWN: no node is running on ${home}; start it with stave run\n`);
    });
  });

  it('finds the home by --home, then STAVE_HOME, then as it is told', async () => {
    await withNode(async (home) => {
      expect((await outcome('/nowhere', ['--home', home, 'words'])).status).to.equal(0);
      expect((await outcome('/nowhere', [`--home=${home}`, '--', 'words'])).status).to.equal(0);
      const { terminal, status } = start('/nowhere', ['words', 'a'], { env: { STAVE_HOME: home } });
      expect(await status).to.equal(0);
      await terminal.see('<a>');
    });
  });

  it('shows its usage without a node', async () => {
    const { status, out } = await outcome('/nowhere', ['--help']);
    expect(status).to.equal(0);
    expect(out).to.contain('Usage: stave client');
  });

  it('answers questions with no, and ends at logout', async () => {
    await withNode(async (home) => {
      expect((await outcome(home, ['sure'])).out).to.equal('sure false\n');
      expect((await outcome(home, ['logout ', 'words no'])).out).to.equal('');
    });
  });

  it('aborts the command on SIGINT and ends as shells expect', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, ['wait']);
      await terminal.see('waiting');
      process.emit('SIGINT', 'SIGINT');
      expect(await status).to.equal(130);
    });
  });

  it('tells when the node goes away while a command runs', async () => {
    await withNode(async (home, server) => {
      const { terminal, status } = start(home, ['wait']);
      await terminal.see('waiting');
      await server.close();
      expect(await status).to.equal(1);
      expect(terminal.errors).to.contain('STAVE_ABORTED');
    });
  });
});

describe('console/socket: stave client with standard input', () => {
  it('runs line after line, up to the first failure', async () => {
    await withNode(async (home) => {
      const { status, out } = await outcome(home, [], 'words a\n\n# nothing\nwords b\r\nfail\nwords c\n');
      expect([status, out]).to.deep.equal([1, '<a>\n<b>\n']);
      expect((await outcome(home, [], '')).status).to.equal(0);
    });
  });

  it('lets go of standard input that goes on after a failure', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, []);
      terminal.type('fail\nwords never\n');
      expect(await status).to.equal(1);
      expect(terminal.stdin.destroyed).to.equal(true);
    });
  });

  it('keeps variables from line to line', async () => {
    await withNode(async (home) => {
      expect((await outcome(home, [], 'A=1\nwords $A')).out).to.equal('<1>\n');
    });
  });
});

describe('console/socket: stave client on a terminal', () => {
  const PROMPT = 'stave@root()> ';

  it('prompts, runs, tells errors, goes on, and leaves at Ctrl-D', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('words hello\r');
      await terminal.see('<hello>');
      await terminal.see(PROMPT);
      terminal.type('fail\r');
      await terminal.see(PROMPT);
      expect(terminal.errors).to.contain('STAVE_COMMAND_FAILED');
      terminal.type('\u0004');
      expect(await status).to.equal(0);
    });
  });

  it('works on a terminal that does not know its width', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true, columns: 0 });
      await terminal.see(PROMPT);
      terminal.type('logout\r');
      expect(await status).to.equal(0);
    });
  });

  it('leaves at logout', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('logout\r');
      expect(await status).to.equal(0);
    });
  });

  it('clears the line at Ctrl-C, and aborts the running command', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('words wrong\u0003');
      await terminal.see('^C');
      await terminal.see(PROMPT);
      terminal.type('words right\r');
      await terminal.see('<right>');
      await terminal.see(PROMPT);
      const before = waiting;
      terminal.type('wait\r');
      await poll(() => waiting > before);
      terminal.type('\u0003');
      await terminal.see(PROMPT);
      expect(terminal.errors).to.contain('STAVE_ABORTED');
      expect(terminal.errors).not.to.contain('wrong');
      terminal.type('\u0004');
      expect(await status).to.equal(0);
    });
  });

  it('asks questions, whose answers are no history', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('sure\r');
      await terminal.see('Sure? (y/N) ');
      terminal.type('y\r');
      await terminal.see('sure true');
      await terminal.see(PROMPT);
      terminal.type('\u001b[A\r');
      await terminal.see('Sure? (y/N) ');
      terminal.type('\u0003');
      await terminal.see('sure false');
      await terminal.see(PROMPT);
      terminal.type('\u0004');
      expect(await status).to.equal(0);
    });
  });

  it('takes no notice of Ctrl-D while a command runs, and Ctrl-C still aborts it', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('wait\r');
      await terminal.see('waiting');
      terminal.type('\u0004');
      terminal.type('\u0003');
      await terminal.see(PROMPT);
      terminal.type('words on\r');
      await terminal.see('<on>');
      terminal.type('\u0004');
      expect(await status).to.equal(0);
    });
  });

  it('completes with Tab what the node knows', async () => {
    await withNode(async (home) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('wor\t');
      await terminal.see('words ');
      terminal.type('x\r');
      await terminal.see('<x>');
      terminal.type('\u0004');
      expect(await status).to.equal(0);
    });
  });

  it('keeps a history of its user alone, shortened to 1,000 lines, and brings it back', async () => {
    await withNode(async (home) => {
      const file = join(home, 'data', 'history');
      const old = Array.from({ length: 1200 }, (_, n) => `words ${n}`);
      writeFileSync(file, `${old.join('\n')}\n`);
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      terminal.type('\u001b[A\r');
      await terminal.see('<1199>');
      await terminal.see(PROMPT);
      terminal.type('words new\r');
      await terminal.see('<new>');
      await terminal.see(PROMPT);
      terminal.type(' words secret\r');
      await terminal.see('<secret>');
      terminal.type('\u0004');
      expect(await status).to.equal(0);
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      expect([lines[0], lines.at(-1), lines.length]).to.deep.equal(['words 200', 'words new', 1001]);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    });
  });

  it('ends with 3 when the node goes away', async () => {
    await withNode(async (home, server) => {
      const { terminal, status } = start(home, [], { tty: true });
      await terminal.see(PROMPT);
      await server.close();
      expect(await status).to.equal(3);
      expect(terminal.errors).to.contain('STAVE_NODE_DOWN');
    });
  });
});

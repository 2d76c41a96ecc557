import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { processesMarked } from '../support/descendants.js';
import {
  INSTALLATION,
  NodeProcess,
  runProgram,
  stave,
  staveWith,
  withNode,
} from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { answers, probeSource } from '../support/sample-bundles.js';
import { withTemporaryFolder } from '../support/temporary.js';

/** A registry that takes every question and never answers. */
async function withSilentRegistry(body: (url: string, asked: () => number) => Promise<void>): Promise<void> {
  let questions = 0;
  const server = createServer(() => {
    questions += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, () => questions);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the process', function () {
  this.timeout(120_000);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops in order at ${signal}: bundles are stopped, status 0, no process and no lock is left`, () => {
      const mark = randomUUID();
      const source = `import { writeFileSync } from 'node:fs';
export default {
  start() {},
  async stop() { await null; writeFileSync(process.env.STOPPED_FILE, 'stopped'); },
};
`;
      return withTemporaryFolder((folder) => {
        const env = { STAVE_TEST_MARK: mark, STOPPED_FILE: join(folder, 'stopped') };
        return withNode({ env, files: { 'deploy/told.ts': source } }, async (node) => {
          expect(await node.kill(signal)).to.deep.equal({ status: 0, signal: null });
          expect(readFileSync(env.STOPPED_FILE, 'utf8')).to.equal('stopped');
          expect(processesMarked(mark)).to.deep.equal([]);
          expect(existsSync(node.path('data/lock'))).to.equal(false);
          expect(existsSync(node.path('data/stave.sock'))).to.equal(false);
        });
      });
    });
  }

  it('ends npm with it, when it is stopped while npm waits for the registry', () =>
    withSilentRegistry((url, asked) =>
      withTemporaryFolder(async (cache) => {
        const mark = randomUUID();
        const env = { STAVE_TEST_MARK: mark, npm_config_registry: url, npm_config_cache: cache };
        await withNode({ env }, async (node) => {
          const install = node.client('bundle:install npm:is-odd@^3');
          await poll(() => asked() > 0, { milliseconds: 30_000, what: 'npm to ask the registry' });
          expect((await node.stop()).status).to.equal(0);
          expect((await install).status).not.to.equal(0);
          expect(processesMarked(mark)).to.deep.equal([]);
        });
      }),
    ));

  it('aborts an install, npm included, at Ctrl-C in the client, and goes on', () =>
    withSilentRegistry((url, asked) =>
      withTemporaryFolder(async (cache) => {
        const mark = randomUUID();
        const env = { STAVE_TEST_MARK: mark, npm_config_registry: url, npm_config_cache: cache };
        await withNode({ env }, async (node) => {
          const alone = processesMarked(mark);
          const client = node.beginClient('bundle:install', 'npm:is-odd@^3');
          const ended = once(client, 'close');
          await poll(() => asked() > 0, { milliseconds: 30_000, what: 'npm to ask the registry' });
          client.kill('SIGINT');
          expect((await ended)[0]).to.equal(130);
          await poll(() => processesMarked(mark).length <= alone.length, { what: 'the end of npm' });
          expect(await node.list('bundle:list')).to.have.length(1);
        });
      }),
    ));

  it('is refused a home that another one holds, naming its process; that one runs on', () =>
    withNode({}, async (node) => {
      const { status, stderr } = await stave('run', '--home', node.home);
      expect(stderr)
        .to.match(/^STAVE_HOME_LOCKED: /)
        .and.contain(String(node.pid));
      expect(status).to.equal(1);
      expect(await node.run('version')).to.match(/\d+\.\d+\.\d+/);
    }));

  it('takes over the lock and the socket of one that was killed', () =>
    withNode({ files: { 'deploy/here.ts': probeSource('here', 'here') } }, async (node) => {
      await node.kill('SIGKILL');
      expect(existsSync(node.path('data/lock'))).to.equal(true);
      await node.restart();
      expect(await node.run('probe:here')).to.equal('here\n');
    }));

  it('answers on a home whose path is too long for a socket, and leaves nothing of it behind', () =>
    withTemporaryFolder(async (folder) => {
      const home = join(folder, 'a-folder-with-a-long-name'.repeat(4), 'home');
      mkdirSync(home, { recursive: true });
      await withNode({ home }, async (node) => {
        expect(await node.run('version')).to.match(/\d+\.\d+\.\d+/);
        await node.restart();
        expect(await node.run('version')).to.match(/\d+\.\d+\.\d+/);
        await node.stop();
        expect(existsSync(node.path('data/socket'))).to.equal(false);
      });
    }));

  it('keeps its socket from others', () =>
    withNode({}, async (node) => {
      expect(statSync(node.path('data/stave.sock')).mode & 0o077).to.equal(0);
    }));

  it('tells by its exit status what became of a command', () =>
    withNode({}, async (node) => {
      expect((await node.client('version')).status).to.equal(0);
      expect((await node.client('feature:install no-such-feature')).status).to.equal(1);
      expect((await node.client('no:such-command')).status).to.equal(2);
      expect((await stave('client', '--no-such-option')).status).to.equal(2);
      expect((await stave('no-such-command')).status).to.equal(2);
      expect((await stave('status', '--home', node.home)).status).to.equal(0);
      await node.stop();
      expect((await node.client('version')).status).to.equal(3);
      expect((await stave('status', '--home', node.home)).status).to.equal(3);
      expect((await stave('stop', '--home', node.home)).status).to.equal(3);
    }));

  it('runs commands from standard input, and ends at the first that fails', () =>
    withNode({}, async (node) => {
      const input = 'echo one\nno:such-command\necho three\n';
      const { status, stdout } = await staveWith({ input }, 'client', '--home', node.home);
      expect(stdout).to.equal('one\n');
      expect(status).to.equal(2);
    }));

  it('is stopped by stave stop, which waits for its end', () =>
    withNode({}, async (node) => {
      expect((await stave('stop', '--home', node.home)).status).to.equal(0);
      expect(await node.exit()).to.deep.equal({ status: 0, signal: null });
    }));

  it('is stopped by system:shutdown', () =>
    withNode({}, async (node) => {
      await node.client('system:shutdown --force');
      expect(await node.exit()).to.deep.equal({ status: 0, signal: null });
    }));

  it('runs in a home that stave create has made, by the launcher that lies there', () =>
    withTemporaryFolder(async (folder) => {
      const home = join(folder, 'home');
      expect((await stave('create', home, '--name', 'second')).status).to.equal(0);
      await withNode({ home }, async (node) => {
        expect((await node.ready()).name).to.equal('second');
        const { stdout, status } = await runProgram(join(home, 'stave'), [
          'client',
          'feature:list',
          '-i',
          '--json',
        ]);
        expect(status).to.equal(0);
        expect(stdout).to.contain('"standard"');
      });
    }));

  it('with --clean forgets what was wanted on the console, and keeps what the folders want', () =>
    withNode({ files: { 'deploy/here.ts': probeSource('here', 'here') } }, async (node) => {
      await node.client('feature:repo-add stave:features/samples.json', 'feature:install greeter');
      await node.stop();
      const clean = await NodeProcess.start({ home: node.home, words: ['--clean'] });
      try {
        expect(await clean.run('probe:here')).to.equal('here\n');
        expect((await clean.client('greeter:greet')).stderr).to.contain('STAVE_COMMAND_UNKNOWN');
      } finally {
        await clean[Symbol.asyncDispose]();
      }
    }));

  describe('on a disk that is full or read-only', () => {
    it('refuses a gesture, changes nothing, and goes on once there is room', async function () {
      await withTemporaryFolder(async (home) => {
        const data = join(home, 'data');
        mkdirSync(data);
        if (!mounted(data)) this.skip();
        try {
          // A log that is written to would keep the disk from becoming read-only.
          const files = { 'etc/stave.log.cfg': 'level = error\n' };
          await withNode({ home, files }, async (node) => {
            await node.client('feature:repo-add stave:features/samples.json', 'feature:install greeter');
            const before = await node.list('bundle:list');
            const refuse = async (): Promise<void> => {
              const { status, stderr } = await node.client('feature:install greeter-polite');
              expect(stderr.startsWith('STAVE_STORAGE: '), stderr).to.equal(true);
              expect(status).to.equal(1);
              expect(await node.list('bundle:list')).to.deep.equal(before);
              expect(await node.run('greeter:greet', 'Ada')).to.equal('Hello, Ada!\n');
            };
            fill(join(data, 'filler'));
            await refuse();
            rmSync(join(data, 'filler'));
            execFileSync('mount', ['-o', 'remount,ro', data]);
            await refuse();
            execFileSync('mount', ['-o', 'remount,rw', data]);
            await node.run('feature:install greeter-polite');
            await answers(node, 'greeter:greet ada', 'Good day, Ada. How do you do?');
          });
        } finally {
          execFileSync('umount', [data]);
        }
      });
    });
  });
});

/** Puts a disk of 8 MB there; false where that is not allowed. */
function mounted(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Takes all the room that a disk has. */
function fill(file: string): void {
  for (const size of [1 << 20, 1 << 12]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

describe('a fresh clone', function () {
  this.timeout(300_000);

  it('sets itself up at npm start, answers npx stave client, ends with npm, and leaves git status clean', async function () {
    if (!existsSync(join(INSTALLATION, '.git'))) this.skip();
    await withTemporaryFolder(async (folder) => {
      const clone = join(folder, 'clone');
      execFileSync('git', ['clone', '--quiet', '--no-hardlinks', INSTALLATION, clone]);
      // As if npm had been run there: fetching is npm's affair.
      execFileSync('cp', ['-a', join(INSTALLATION, 'node_modules'), join(clone, 'node_modules')]);
      const mark = randomUUID();
      const env = { ...process.env, STAVE_TEST_MARK: mark };
      const child = spawn('npm', ['start', '--silent'], {
        cwd: clone,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close');
      try {
        let output = '';
        child.stdout.setEncoding('utf8').on('data', (part: string) => {
          output += part;
        });
        await poll(() => / ready in \d+ ms/.test(output) || child.exitCode !== null, {
          milliseconds: 200_000,
        });
        expect(output).to.match(/^stave root ready in \d+ ms, \d+ bundles? active$/m);
        const client = await runProgram('npx', ['--no-install', 'stave', 'client', 'version'], {
          cwd: clone,
        });
        expect(client.stdout).to.match(/\d+\.\d+\.\d+/);
        child.kill('SIGTERM');
        await closed;
        await poll(() => processesMarked(mark).length === 0, { what: 'the end of all processes' });
        expect(existsSync(join(clone, 'data/lock'))).to.equal(false);
        expect(execFileSync('git', ['status', '--porcelain'], { cwd: clone, encoding: 'utf8' })).to.equal('');
      } finally {
        for (const pid of processesMarked(mark)) process.kill(pid, 'SIGKILL');
        await closed;
      }
    });
  });
});

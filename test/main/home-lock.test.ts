import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { homeHolder, lockHome } from 'stave/main/home-lock.js';
import { isRunning, ownIdentity } from 'stave/main/process-identity.js';
import { poll } from '../support/poll.js';
import { withTemporaryFolder } from '../support/temporary.js';

describe('main/lockHome', () => {
  it('refuses a second holder and names the process', () =>
    withTemporaryFolder((data) => {
      const lock = lockHome(data);
      expect(() => lockHome(data))
        .to.throw(`process ${process.pid}`)
        .with.property('code', 'STAVE_HOME_LOCKED');
      lock.release();
      expect(readdirSync(data)).to.deep.equal([]);
    }));

  it('can be taken again once it is released', () =>
    withTemporaryFolder((data) => {
      lockHome(data).release();
      lockHome(data).release();
    }));

  it('takes over a lock whose process is gone', () =>
    withTemporaryFolder(async (data) => {
      const child = spawn(process.execPath, ['-e', '0']);
      const { pid } = child;
      await once(child, 'close');
      writeFileSync(join(data, 'lock'), JSON.stringify({ ...ownIdentity(), pid }));
      expect(homeHolder(data)).to.equal(undefined);
      lockHome(data).release();
    }));

  it('takes over a lock of a process that only has the same id', () =>
    withTemporaryFolder((data) => {
      writeFileSync(join(data, 'lock'), JSON.stringify({ ...ownIdentity(), started: '1' }));
      lockHome(data).release();
    }));

  it('takes over a lock from before the machine was started', () =>
    withTemporaryFolder((data) => {
      writeFileSync(join(data, 'lock'), JSON.stringify({ ...ownIdentity(), boot: 'another' }));
      lockHome(data).release();
    }));

  it('is had by one of many processes that find a stale lock at the same time', function () {
    this.timeout(60_000);
    return withTemporaryFolder(async (data) => {
      writeFileSync(join(data, 'lock'), JSON.stringify({ ...ownIdentity(), started: '1' }));
      const module = fileURLToPath(import.meta.resolve('stave/main/home-lock.js'));
      const source = `
        const { lockHome } = await import(${JSON.stringify(module)});
        process.stdin.once('data', () => {
          try { lockHome(${JSON.stringify(data)}); console.log('had'); } catch (error) { console.log(error.code); }
          process.stdin.once('data', () => process.exit());
        });
        console.log('ready');`;
      const children = Array.from({ length: 6 }, () =>
        spawn(process.execPath, ['--input-type=module', '-e', source], {
          stdio: ['pipe', 'pipe', 'inherit'],
        }),
      );
      const say = async (word: string): Promise<readonly string[]> => {
        const answers = children.map((child) => once(child.stdout, 'data'));
        if (word) for (const child of children) child.stdin.write(word);
        return (await Promise.all(answers)).map((data) => String(data).trim());
      };
      await say('');
      const answers = await say('go');
      const ended = children.map((child) => once(child, 'close'));
      for (const child of children) child.stdin.end('end');
      await Promise.all(ended);
      expect(answers.filter((answer) => answer === 'had')).to.have.lengthOf(1);
      expect(new Set(answers)).to.deep.equal(new Set(['had', 'STAVE_HOME_LOCKED']));
    });
  });

  it('takes over a lock that cannot be read', () =>
    withTemporaryFolder((data) => {
      writeFileSync(join(data, 'lock'), '{');
      lockHome(data).release();
      expect(existsSync(join(data, 'lock'))).to.equal(false);
    }));

  it('names a data folder that cannot be written', () => {
    expect(() => lockHome('/proc'))
      .to.throw('/proc')
      .with.property('code', 'STAVE_STORAGE');
  });
});

describe('main/isRunning', () => {
  it('knows the own process', () => {
    expect(isRunning(ownIdentity())).to.equal(true);
  });

  it('takes a process that has ended for gone, although its parent has not looked yet', async () => {
    if (process.platform !== 'linux') return;
    // The shell starts a child that ends as soon as the shell has become a program that never looks after children.
    const child = `sh -c 'until grep -q sleep /proc/$PPID/comm; do :; done'`;
    const shell = spawn('sh', ['-c', `${child} & echo $!; exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(shell.stdout!.setEncoding('utf8'), 'data')) as [string];
      const stat = await poll(() => {
        const text = readFileSync(`/proc/${Number(line)}/stat`, 'utf8');
        return text.includes(') Z ') ? text : '';
      });
      // Its start time is right, so only its state can tell.
      const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      expect(isRunning({ ...ownIdentity(), pid: Number(line), started })).to.equal(false);
    } finally {
      shell.kill('SIGKILL');
      await once(shell, 'close');
    }
  });
});

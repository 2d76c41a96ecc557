import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EtcWatcher } from 'stave/config/etc-watcher.js';
import { poll } from '../support/poll.js';
import { withTemporaryFolder } from '../support/temporary.js';
import { NodeStub } from './node-stub.js';

/** Long enough never to pass within a test. */
const NEVER = 600_000;

async function watching(
  quiet: number,
  body: (node: NodeStub, file: (name: string) => string) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (home) => {
    const node = new NodeStub(home);
    const { store: configurations, etc: folder } = node;
    const report = (message: string, error: unknown): void =>
      void node.reports.push(`${message}: ${String(error)}`);
    const watcher = new EtcWatcher({ folder, configurations, queue: node, report, quiet });
    watcher.start();
    try {
      await body(node, (name) => join(folder, name));
      expect(node.reports).to.deep.equal([]);
    } finally {
      watcher.dispose();
    }
  });
}

function properties(node: NodeStub, pid: string): unknown {
  return node.store.get(pid)?.properties;
}

async function inForce(node: NodeStub, pid: string, key: string, value: string): Promise<void> {
  await poll(() => node.store.get(pid)?.properties[key] === value, { what: `${pid} ${key}=${value}` });
}

/** Waits until the watcher has dealt with all events so far: they arrive in order. */
async function caughtUp(node: NodeStub, file: (name: string) => string): Promise<void> {
  const value = String(node.submitted.length);
  writeFileSync(file('zz.mark.cfg'), `mark=${value}\nn=${Math.random()}\n`);
  await inForce(node, 'zz.mark', 'mark', value);
}

function textsOf(node: NodeStub, pid: string): (string | null)[] {
  return node.submitted.flatMap((edit) => (edit.kind === 'file' && edit.pid === pid ? [edit.text] : []));
}

describe('config/EtcWatcher', () => {
  it('submits new and changed files, and nothing for what the node wrote itself', () =>
    watching(NEVER, async (node, file) => {
      writeFileSync(file('a.cfg'), 'k=1\n');
      await inForce(node, 'a', 'k', '1');
      writeFileSync(file('a.cfg'), 'k=2\n');
      await inForce(node, 'a', 'k', '2');
      await node.store.change('a', { set: { k: '3' } });
      await caughtUp(node, file);
      expect(textsOf(node, 'a').at(-1)).to.equal('k=2\n');
      expect(properties(node, 'a')).to.deep.equal({ k: '3' });
    }));

  it('ignores temporary files, backups, dotfiles and folders', () =>
    watching(0, async (node, file) => {
      for (const name of ['a.cfg.tmp', 'a.part', '.a.cfg.swp', 'a.cfg~', '.a.cfg', '#a.cfg#', 'a.txt']) {
        writeFileSync(file(name), 'k=1\n');
      }
      mkdirSync(file('folder.cfg'));
      await caughtUp(node, file);
      expect(node.store.list().map(({ pid }) => pid)).to.deep.equal(['zz.mark']);
    }));

  it('does not take a file that is empty or lost most of its properties for a moment', () =>
    watching(NEVER, async (node, file) => {
      writeFileSync(file('a.cfg'), 'a=1\nb=2\nc=3\n');
      await inForce(node, 'a', 'a', '1');
      writeFileSync(file('a.cfg'), '');
      await caughtUp(node, file);
      writeFileSync(file('a.cfg'), '# half\na=1\n');
      await caughtUp(node, file);
      expect(textsOf(node, 'a')).to.deep.equal(['a=1\nb=2\nc=3\n']);
      writeFileSync(file('a.cfg'), 'a=1\nb=2\n');
      await poll(() => textsOf(node, 'a').length === 2);
      expect(properties(node, 'a')).to.deep.equal({ a: '1', b: '2' });
    }));

  it('takes up such a file once it has been at rest', () =>
    watching(5, async (node, file) => {
      writeFileSync(file('a.cfg'), 'a=1\nb=2\nc=3\n');
      await inForce(node, 'a', 'a', '1');
      writeFileSync(file('a.cfg'), 'z=1\n');
      await inForce(node, 'a', 'z', '1');
      writeFileSync(file('a.cfg'), '# nothing\n');
      await poll(() => Object.keys(node.store.get('a')?.properties ?? { x: 1 }).length === 0);
    }));

  it('makes no deletion of a save by rename, nor of a save in two steps', () =>
    watching(NEVER, async (node, file) => {
      writeFileSync(file('a.cfg'), 'k=1\n');
      await inForce(node, 'a', 'k', '1');
      renameSync(file('a.cfg'), file('a.cfg~'));
      await caughtUp(node, file);
      writeFileSync(file('a.cfg'), 'k=2\n');
      await inForce(node, 'a', 'k', '2');
      writeFileSync(file('4913.tmp'), 'k=3\n');
      renameSync(file('4913.tmp'), file('a.cfg'));
      await inForce(node, 'a', 'k', '3');
      expect(textsOf(node, 'a')).to.not.include(null);
    }));

  it('deletes the configuration of a file that stays away', () =>
    watching(5, async (node, file) => {
      writeFileSync(file('a.cfg'), 'k=1\n');
      await inForce(node, 'a', 'k', '1');
      rmSync(file('a.cfg'));
      await poll(() => node.store.get('a') === undefined);
    }));

  it('tells of a file that does not parse only when it is at rest', () =>
    watching(NEVER, async (node, file) => {
      writeFileSync(file('a.cfg'), 'k=\\u00');
      await caughtUp(node, file);
      expect(textsOf(node, 'a')).to.deep.equal([]);
      appendFileSync(file('a.cfg'), '41\n');
      await inForce(node, 'a', 'k', 'A');
      expect(node.store.problems()).to.deep.equal([]);
    }));

  it('makes a problem of a file that stays broken, is no UTF-8, or is far too large', () =>
    watching(5, async (node, file) => {
      writeFileSync(file('broken.cfg'), 'k=\\u00\n');
      writeFileSync(file('latin.cfg'), Buffer.from('a=1\nb=gr\xfc\xdfe\n', 'latin1'));
      writeFileSync(file('large.cfg'), 'a'.repeat(2 * 1024 * 1024));
      await poll(() => node.store.problems().length === 3);
      expect(node.store.problems().map(({ pid, line, code }) => [pid, line, code])).to.deep.equal([
        ['broken', 1, 'STAVE_CONFIG_SYNTAX'],
        ['large', undefined, 'STAVE_LIMIT_EXCEEDED'],
        ['latin', 2, 'STAVE_CONFIG_SYNTAX'],
      ]);
      await poll(() => node.refusals.join('\n').includes('etc/latin.cfg: line 2 is not UTF-8'));
      for (const pid of ['broken', 'latin', 'large']) writeFileSync(file(`${pid}.cfg`), 'k=1\n');
      await poll(() => node.store.problems().length === 0);
      expect(node.store.list()).to.have.lengthOf(3);
    }));

  it('makes a problem of a file that cannot be read, until it can', () =>
    watching(5, async (node, file) => {
      // A link to itself: nobody can read that, not even an administrator.
      symlinkSync(file('a.cfg'), file('a.cfg'));
      await poll(() => node.store.problems()[0]?.code === 'STAVE_STORAGE');
      writeFileSync(file('a.cfg.tmp'), 'k=1\n');
      renameSync(file('a.cfg.tmp'), file('a.cfg'));
      await inForce(node, 'a', 'k', '1');
    }));

  it('follows the folder when it is removed and made again, and deletes nothing while it is away', () =>
    watching(5, async (node, file) => {
      writeFileSync(file('a.cfg'), 'k=1\n');
      writeFileSync(file('b.cfg'), 'k=1\n');
      await inForce(node, 'a', 'k', '1');
      await inForce(node, 'b', 'k', '1');
      for (const k of ['2', '3']) {
        renameSync(node.etc, `${node.etc}.away`);
        rmSync(`${node.etc}.away`, { recursive: true });
        mkdirSync(node.etc);
        writeFileSync(file('a.cfg'), `k=${k}\n`);
        await inForce(node, 'a', 'k', k);
        writeFileSync(file('a.cfg'), `k=${k}.1\n`);
        await inForce(node, 'a', 'k', `${k}.1`);
      }
      await poll(() => node.store.get('b') === undefined);
      rmSync(node.etc, { recursive: true });
      // Time for a wrong deletion to happen; the test passes at any speed.
      await new Promise((resolve) => setTimeout(resolve, 25));
      mkdirSync(node.etc);
      writeFileSync(file('a.cfg'), 'k=4\n');
      await inForce(node, 'a', 'k', '4');
      expect(textsOf(node, 'a')).to.not.include(null);
    }));

  it('takes the content that is there when a change and an edit back cross each other', () =>
    watching(NEVER, async (node, file) => {
      writeFileSync(file('a.cfg'), 'k=1\n');
      await inForce(node, 'a', 'k', '1');
      await node.store.change('a', { set: { k: '2' } });
      writeFileSync(file('a.cfg'), 'k=1\n');
      await inForce(node, 'a', 'k', '1');
    }));

  it('sees through the links of a mounted Kubernetes volume', () =>
    watching(5, async (node, file) => {
      for (const n of ['1', '2']) {
        mkdirSync(file(`..v${n}`));
        writeFileSync(file(`..v${n}/a.cfg`), `k=${n}\n`);
      }
      symlinkSync('..v1', file('..data'));
      symlinkSync('..data/a.cfg', file('a.cfg'));
      await inForce(node, 'a', 'k', '1');
      symlinkSync('..v2', file('..data_tmp'));
      renameSync(file('..data_tmp'), file('..data'));
      await inForce(node, 'a', 'k', '2');
    }));

  it('ends with what is in the files, however many edits, changes and deletions cross each other', () =>
    watching(5, async (node, file) => {
      for (let n = 0; n < 60; n += 1) {
        const name = `p${n % 4}`;
        if (n % 7 === 6) rmSync(file(`${name}.cfg`), { force: true });
        else if (n % 3 === 0)
          void node.store.change(name, { set: { mine: String(n) } }).catch(() => undefined);
        else writeFileSync(file(`${name}.cfg`), `k=${n}\nmine=file\n`);
        if (n % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      for (const name of ['p0', 'p1', 'p2', 'p3']) {
        await poll(
          () => {
            const text = node.read(`${name}.cfg`);
            const expected = text === undefined ? undefined : node.store.read(text, 'cfg', name);
            expect(properties(node, name)).to.deep.equal(expected);
            return true;
          },
          { what: name },
        );
      }
    }));
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of cfg texts
import type { ConfigurationConsumer, ConfigurationEvent, JsonObject } from '@stave/api';
import { StaveError } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { withTemporaryFolder } from '../support/temporary.js';
import { NodeStub } from './node-stub.js';

/** Takes properties whose `port` is a number; remembers what it is told. */
class PortConsumer implements ConfigurationConsumer {
  readonly name: string;
  readonly keys = ['port', 'host'];
  readonly told: (JsonObject | undefined)[] = [];
  readonly calls: string[] = [];

  constructor(name = 'component Port') {
    this.name = name;
  }

  check(properties: JsonObject): JsonObject {
    if (properties.port === undefined || /^\d+$/.test(String(properties.port))) return properties;
    throw new StaveError('STAVE_CONFIG_REFUSED', `property port is ${JSON.stringify(properties.port)}`, {
      where: this.name,
      details: { property: 'port' },
    });
  }

  updated(properties: JsonObject | undefined, pid: string): void {
    this.told.push(properties);
    this.calls.push(`${pid} ${JSON.stringify(properties)}`);
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof StaveError ? error.code : String(error);
  }
  return 'none';
}

async function onNode(body: (node: NodeStub) => Promise<void>, options = {}): Promise<void> {
  await withTemporaryFolder((home) => body(new NodeStub(home, options)));
}

describe('config/ConfigurationStore', () => {
  describe('a change', () => {
    it('keeps all other lines of the file, its comments, and raw variables', () =>
      onNode(async (node) => {
        await node.edit('acme.cfg', '# head\n\n# port\nport = 1\nurl = http://${host}/\nhost=h\n# end\n');
        await node.store.change('acme', { set: { port: '2', url: 'http://h/' } });
        expect(node.read('acme.cfg')).to.equal(
          '# head\n\n# port\nport = 2\nurl = http://${host}/\nhost=h\n# end\n',
        );
        expect(node.store.get('acme')?.properties).to.deep.equal({ port: '2', url: 'http://h/', host: 'h' });
      }));

    it('makes a .cfg of strings, and a .cfg.json of anything else', () =>
      onNode(async (node) => {
        await node.store.change('plain', { set: { a: '1' } });
        await node.store.replace('typed', { a: 1, b: ['x'] });
        expect(node.read('plain.cfg')).to.equal('a = 1\n');
        expect(node.read('typed.cfg.json')).to.equal('{\n  "a": 1,\n  "b": [\n    "x"\n  ]\n}\n');
        expect(node.store.get('typed')?.properties).to.deep.equal({ a: 1, b: ['x'] });
      }));

    it('writes lists and objects into a .cfg as text that a schema reads back', () =>
      onNode(async (node) => {
        await node.edit('acme.cfg', 'a=1\n');
        await node.store.change('acme', { set: { list: ['x', 'y,z'], on: true, map: { k: 1 }, none: null } });
        expect(node.read('acme.cfg')).to.equal('a=1\nlist = x, "y,z"\non = true\nmap = {"k":1}\nnone =\n');
      }));

    it('takes ${…} as a variable, but as text when a group sets it', () =>
      onNode(async (node) => {
        await node.store.change('acme', { set: { a: '${b}', b: 'x\\{' } });
        expect(node.store.get('acme')?.properties).to.deep.equal({ a: 'x\\{', b: 'x\\{' });
        await node.store.change('acme', { set: { a: '${b}' } }, { author: 'group:default' });
        expect(node.store.get('acme')?.properties.a).to.equal('${b}');
      }));

    it('gets a new revision each time, one that no PID had before, also after a deletion', () =>
      onNode(async (node) => {
        const first = await node.store.change('a', { set: { k: '1' } });
        const second = await node.store.change('b', { set: { k: '1' } });
        await node.store.delete('a');
        const third = await node.store.change('a', { set: { k: '1' } });
        const revisions = [first.revision, second.revision, third.revision];
        expect(new Set(revisions).size).to.equal(3);
        expect(revisions).to.deep.equal([...revisions].sort((x, y) => x - y));
      }));

    it('on an old revision is refused', () =>
      onNode(async (node) => {
        const { revision } = await node.store.change('a', { set: { k: '1' } });
        await node.store.change('a', { set: { k: '2' } }, { revision });
        expect(await codeOf(node.store.change('a', { set: { k: '3' } }, { revision }))).to.equal(
          'STAVE_CONFIG_STALE',
        );
        expect(await codeOf(node.store.change('new', { set: { k: '3' } }, { revision }))).to.equal(
          'STAVE_CONFIG_STALE',
        );
        expect(node.store.get('a')?.properties.k).to.equal('2');
      }));

    it('that changes nothing makes no revision, no event and no write', () =>
      onNode(async (node) => {
        await node.store.change('a', { set: { k: '1' } });
        const planned = node.store.plan([
          { kind: 'change', pid: 'a', author: 'api', set: { k: '1' }, remove: ['x'] },
        ]);
        expect(planned.changes).to.deep.equal([]);
        expect(planned.writes).to.deep.equal([]);
      }));

    it('is refused for what is no PID, for an unknown PID, and for variables in a circle', () =>
      onNode(async (node) => {
        expect(await codeOf(node.store.change('../a', { set: { k: '1' } }))).to.equal('STAVE_PID_INVALID');
        expect(await codeOf(node.store.change('x'.repeat(201), { set: { k: '1' } }))).to.equal(
          'STAVE_PID_INVALID',
        );
        expect(await codeOf(node.store.change('a', { remove: ['k'] }))).to.equal('STAVE_CONFIG_UNKNOWN');
        expect(await codeOf(node.store.delete('a'))).to.equal('STAVE_CONFIG_UNKNOWN');
        expect(await codeOf(node.store.change('a', { set: { k: '${k}' } }))).to.equal(
          'STAVE_CONFIG_RECURSIVE',
        );
        expect(node.store.list()).to.deep.equal([]);
        expect(node.read('a.cfg')).to.equal(undefined);
      }));

    it('that every consumer refuses is thrown, and nothing has changed', () =>
      onNode(async (node) => {
        await node.store.change('a', { set: { port: '1' } });
        const consumer = new PortConsumer();
        node.store.consume('a', consumer);
        expect(await codeOf(node.store.change('a', { set: { port: 'x' } }))).to.equal('STAVE_CONFIG_REFUSED');
        expect(node.read('a.cfg')).to.equal('port = 1\n');
        expect(consumer.told).to.deep.equal([{ port: '1' }]);
        expect(node.store.problems()).to.deep.equal([]);
      }));

    it('tells listeners author and revision, after it was applied', () =>
      onNode(async (node) => {
        const events: ConfigurationEvent[] = [];
        const listening = node.store.onDidChange((event) => events.push(event));
        await node.store.change('a', { set: { k: '1' } }, { author: 'console' });
        await node.store.delete('a', { author: 'group:default' });
        listening.dispose();
        expect(events.map(({ type, author }) => `${type} ${author}`)).to.deep.equal([
          'updated console',
          'deleted group:default',
        ]);
        expect(events[0]?.configuration?.properties).to.deep.equal({ k: '1' });
        expect(events[1]!.revision).to.be.greaterThan(events[0]!.revision);
      }));
  });

  describe('a plan', () => {
    it('changes nothing before it is applied, and all of it goes back by undo', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'port=1\n');
        await node.edit('b.cfg', 'k=1\n');
        await node.edit('bad.cfg', 'k=\\ux\n');
        const before = JSON.stringify([node.store.list(), node.store.problems()]);
        const consumer = new PortConsumer();
        node.store.consume('a', consumer);
        const planned = node.store.plan([
          { kind: 'change', pid: 'a', author: 'api', set: { port: '2' }, remove: [] },
          { kind: 'delete', pid: 'b', author: 'api' },
          { kind: 'replace', pid: 'c', author: 'api', properties: { x: 1 }, persist: 'memory' },
          { kind: 'file', pid: 'bad', author: 'file', format: 'cfg', text: 'k=1\n' },
        ]);
        expect(JSON.stringify([node.store.list(), node.store.problems()])).to.equal(before);
        expect(planned.changes.map(({ pid, type }) => `${pid} ${type}`)).to.deep.equal([
          'a updated',
          'b deleted',
          'bad updated',
          'c updated',
        ]);
        expect(planned.writes.map((write) => write.path)).to.deep.equal(['etc/a.cfg', 'etc/b.cfg']);
        const undo = await planned.apply({});
        expect(node.store.list().map(({ pid }) => pid)).to.deep.equal(['a', 'bad', 'c']);
        await undo();
        expect(JSON.stringify([node.store.list(), node.store.problems()])).to.equal(before);
        expect(consumer.told).to.deep.equal([{ port: '1' }, { port: '2' }, { port: '1' }]);
      }));

    it('of several edits of one PID writes its file once', () =>
      onNode(async (node) => {
        const { writes, changes } = node.store.plan([
          { kind: 'change', pid: 'a', author: 'api', set: { x: '1' }, remove: [] },
          { kind: 'change', pid: 'a', author: 'api', set: { y: '2' }, remove: [] },
        ]);
        expect(writes.map(({ before, content }) => [before, content])).to.deep.equal([
          [null, 'x = 1\ny = 2\n'],
        ]);
        expect(changes).to.have.lengthOf(1);
      }));

    it('is undone when applying it is aborted', () =>
      onNode(async (node) => {
        const abort = new AbortController();
        const consumer = new PortConsumer();
        let release = (): void => undefined;
        const waiting = new Promise<void>((resolve) => {
          release = resolve;
        });
        node.store.consume('a', { name: 'slow', check: (p) => p, updated: (p) => (p ? waiting : undefined) });
        node.store.consume('a', consumer);
        const applied = node.store
          .plan([{ kind: 'change', pid: 'a', author: 'api', set: { port: '2' }, remove: [] }])
          .apply({ signal: abort.signal });
        abort.abort(new Error('enough'));
        release();
        expect(await codeOf(applied)).to.equal('Error: enough');
        expect(node.store.get('a')).to.equal(undefined);
        expect(consumer.told).to.deep.equal([undefined, { port: '2' }, undefined]);
      }));
  });

  describe('a consumer', () => {
    it('is told at once, of every change, and of the deletion', () =>
      onNode(async (node) => {
        const consumer = new PortConsumer();
        const consuming = node.store.consume('a', consumer);
        expect(consumer.told).to.deep.equal([undefined]);
        await node.edit('a.cfg', 'port=1\n');
        await node.edit('a.cfg', '# only a comment\nport=1\n');
        await node.edit('a.cfg', 'port=2\n');
        await node.edit('a.cfg', null);
        consuming.dispose();
        await node.edit('a.cfg', 'port=3\n');
        expect(consumer.told).to.deep.equal([undefined, { port: '1' }, { port: '2' }, undefined]);
      }));

    it('of a factory is told of each instance and of its deletion', () =>
      onNode(async (node) => {
        await node.edit('pool~a.cfg', 'port=1\n');
        const consumer = new PortConsumer();
        node.store.consume('pool', consumer);
        await node.edit('pool~b.cfg', 'port=2\n');
        await node.edit('pool-c.cfg', 'port=3\n');
        await node.edit('pool~a.cfg', null);
        expect(consumer.calls).to.deep.equal([
          'pool~a {"port":"1"}',
          'pool~b {"port":"2"}',
          'pool~a undefined',
        ]);
        expect(node.store.instances('pool').map(({ pid, factoryPid }) => [pid, factoryPid])).to.deep.equal([
          ['pool~b', 'pool'],
        ]);
      }));

    it('that throws, rejects or never ends is reported and stops nothing', () =>
      onNode(
        async (node) => {
          const good = new PortConsumer();
          const bad = (name: string, updated: () => void | Promise<void>): void => {
            node.store.consume('a', { name, check: (p) => p, updated: (p) => (p ? updated() : undefined) });
          };
          bad('thrower', () => {
            throw new Error('thrown');
          });
          bad('rejecter', () => Promise.reject(new Error('rejected')));
          bad('sleeper', () => new Promise(() => undefined));
          node.store.consume('a', good);
          await node.edit('a.cfg', 'port=1\n');
          expect(good.told).to.deep.equal([undefined, { port: '1' }]);
          expect(node.reports).to.have.lengthOf(3);
          expect(node.reports.join()).to.include('thrower').and.include('rejected').and.include('5 ms');
        },
        { updateLimit: 5 },
      ));

    it('is never called while its last call is under way', () =>
      onNode(async (node) => {
        let running = 0;
        let most = 0;
        const told: unknown[] = [];
        node.store.consume('a', {
          name: 'slow',
          check: (properties) => properties,
          async updated(properties) {
            running += 1;
            most = Math.max(most, running);
            await new Promise((resolve) => setImmediate(resolve));
            told.push(properties?.k);
            running -= 1;
          },
        });
        await Promise.all(['1', '2', '3'].map((k) => node.store.change('a', { set: { k } })));
        expect(most).to.equal(1);
        expect(told).to.deep.equal([undefined, '1', '2', '3']);
      }));

    it('alone in refusing keeps its values, while the edit comes into force for the others', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'port=1\n');
        const strict = new PortConsumer('strict');
        const told: unknown[] = [];
        const consuming = node.store.consume('a', strict);
        node.store.consume('a', { name: 'lax', check: (p) => p, updated: (p) => void told.push(p?.port) });
        await node.edit('a.cfg', '# new\nport=x\n');
        expect(told).to.deep.equal(['1', 'x']);
        expect(strict.told).to.deep.equal([{ port: '1' }]);
        expect(node.store.problems()).to.containSubset([
          { pid: 'a', file: 'etc/a.cfg', line: 2, code: 'STAVE_CONFIG_REFUSED', lastGood: true },
        ]);
        consuming.dispose();
        expect(node.store.problems()).to.deep.equal([]);
      }));

    it('sees overrides of the environment and secrets, which are never in properties, files or state', () =>
      onNode(
        async (node) => {
          const consumer = new PortConsumer();
          node.store.consume('acme.pool~main', consumer);
          await node.edit(
            'acme.pool~main.cfg',
            'port=1\npassword=$[secret:db]\nuser=$[env:WHO;default=me]\nk=\\\\$[env:X]\n',
          );
          expect(consumer.told.at(-1)).to.deep.equal({
            port: '8080',
            host: 'outer',
            password: 'pssst',
            user: 'me',
            k: '$[env:X]',
          });
          await node.store.change('acme.pool~main', { set: { x: '1' } });
          const kept = JSON.stringify([node.store.list(), node.state, node.read('acme.pool~main.cfg')]);
          expect(kept).not.to.match(/pssst|8080|outer/);
        },
        {
          variables: { env: { ACME_POOL_MAIN_PORT: '8080', ACME_POOL_MAIN_HOST: 'outer' }, system: {} },
          secret: (name: string) => (name === 'db' ? 'pssst' : undefined),
        },
      ));

    it('that refuses a secret does not bring it into the problem', () =>
      onNode(
        async (node) => {
          node.store.consume('a', new PortConsumer());
          await node.edit('a.cfg', 'port=$[secret:db]\n');
          expect(node.store.problems()[0]?.reason).to.include('***').and.not.include('pssst');
        },
        { secret: () => 'pssst' },
      ));
  });

  describe('an edit of a file', () => {
    it('that does not parse leaves the last good values in force, told with file and line', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        await node.edit('a.cfg', 'k=2\nx=\\u12\n');
        expect(node.store.get('a')?.properties).to.deep.equal({ k: '1' });
        const [problem] = node.store.problems();
        expect(problem).to.include({
          pid: 'a',
          file: 'etc/a.cfg',
          line: 2,
          code: 'STAVE_CONFIG_SYNTAX',
          lastGood: true,
        });
        expect(problem?.reason).to.include('etc/a.cfg: line 2');
        await node.edit('a.cfg', 'k=3\n');
        expect(node.store.problems()).to.deep.equal([]);
        expect(node.store.get('a')?.properties).to.deep.equal({ k: '3' });
      }));

    it('back to what was in force before takes the problem away', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        const { revision } = node.store.get('a')!;
        await node.edit('a.cfg', 'k=${k}\n');
        expect(node.store.problems()[0]).to.include({ code: 'STAVE_CONFIG_RECURSIVE', line: 1 });
        await node.edit('a.cfg', 'k=1\n');
        expect(node.store.problems()).to.deep.equal([]);
        expect(node.store.get('a')?.revision).to.equal(revision);
      }));

    it('that every consumer refuses can be mended by a change, which keeps the rest of that edit', () =>
      onNode(async (node) => {
        node.store.consume('a', new PortConsumer());
        await node.edit('a.cfg', 'port=1\n');
        await node.edit('a.cfg', '# mine\nport=x\nhost=h\n');
        expect(node.store.problems()[0]).to.include({
          line: 2,
          code: 'STAVE_CONFIG_REFUSED',
          lastGood: true,
        });
        await node.store.change('a', { set: { port: '2' } });
        expect(node.read('a.cfg')).to.equal('# mine\nport = 2\nhost=h\n');
        expect(node.store.problems()).to.deep.equal([]);
      }));

    it('that does not parse is not overwritten by a change, only by a deletion', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        await node.edit('a.cfg', 'k=\\ux\n');
        expect(await codeOf(node.store.change('a', { set: { k: '2' } }))).to.equal('STAVE_CONFIG_SYNTAX');
        expect(node.read('a.cfg')).to.equal('k=\\ux\n');
        await node.store.delete('a');
        expect(node.read('a.cfg')).to.equal(undefined);
        expect(node.store.problems()).to.deep.equal([]);
      }));

    it('made after the plan and before the writing wins', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        node.beforeFlush = () => node.write('a.cfg', 'k=user\n');
        await node.store.change('a', { set: { k: '2' } });
        expect(node.read('a.cfg')).to.equal('k=user\n');
        await node.edit('a.cfg', 'k=user\n');
        expect(node.store.get('a')?.properties.k).to.equal('user');
      }));

    it('with the content from before our own write is an old reading, until it was read again', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        await node.store.change('a', { set: { k: '2' } });
        const old = { kind: 'file', pid: 'a', author: 'file', format: 'cfg', text: 'k=1\n' } as const;
        await node.submit([old], {});
        expect(node.store.get('a')?.properties.k).to.equal('2');
        await node.submit([{ ...old, reread: true }], {});
        expect(node.store.get('a')?.properties.k).to.equal('1');
      }));

    it('of PID.cfg.json beside PID.cfg is refused, and comes into force when the first goes', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        await node.edit('a.cfg.json', '{"k":2}');
        expect(node.store.problems()).to.containSubset([
          { file: 'etc/a.cfg.json', code: 'STAVE_CONFIG_DUPLICATE' },
        ]);
        expect(node.store.problems()[0]?.reason).to.include('etc/a.cfg,');
        expect(node.store.get('a')?.properties).to.deep.equal({ k: '1' });
        await node.edit('a.cfg', null);
        expect(node.store.get('a')?.properties).to.deep.equal({ k: 2 });
        expect(node.store.problems()).to.deep.equal([]);
      }));

    it('takes over what lives in memory, while memory may not take over a file', () =>
      onNode(async (node) => {
        const remember = {
          kind: 'replace',
          pid: 'a',
          author: 'deploy:a.cfg',
          properties: { k: '1' },
          persist: 'memory',
        } as const;
        await node.submit([remember], {});
        await node.store.change('a', { set: { x: 1 } });
        expect(node.store.get('a')).to.deep.include({ file: undefined, properties: { k: '1', x: 1 } });
        expect(node.read('a.cfg')).to.equal(undefined);
        await node.edit('a.cfg', 'k=2\n');
        expect(node.store.get('a')).to.deep.include({ file: `${node.etc}/a.cfg`, properties: { k: '2' } });
        expect(await codeOf(node.submit([remember], {}))).to.equal('STAVE_CONFIG_DUPLICATE');
      }));

    it('with a name that is no PID is a problem', () =>
      onNode(async (node) => {
        await node.edit('my config.cfg', 'k=1\n');
        expect(node.store.problems()).to.containSubset([
          { file: 'etc/my config.cfg', code: 'STAVE_PID_INVALID', lastGood: false },
        ]);
      }));
  });

  describe('after a restart', () => {
    it('files as they were keep their revision; edits made while the node was down are seen', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'k=1\n');
        await node.edit('b.cfg', 'k=1\n');
        await node.edit('gone.cfg', 'k=1\n');
        await node.submit(
          [{ kind: 'replace', pid: 'm', author: 'api', properties: { x: [1] }, persist: 'memory' }],
          {},
        );
        const before = node.store.list();
        node.write('b.cfg', 'k=2\n');
        node.write('c.cfg', 'k=3\n');
        node.write('gone.cfg', null);
        const next = await node.restart();
        expect(next.store.list().map(({ pid, properties }) => [pid, properties])).to.deep.equal([
          ['a', { k: '1' }],
          ['b', { k: '2' }],
          ['c', { k: '3' }],
          ['m', { x: [1] }],
        ]);
        expect(next.store.get('a')).to.deep.equal(before[0]);
        expect(next.store.get('b')!.revision).to.be.greaterThan(before[1]!.revision);
        await next.store.change('a', { set: { k: '4' } });
        expect(next.read('a.cfg')).to.equal('k = 4\n');
      }));

    it('last good values are in force for a file that was broken before or while the node was down', () =>
      onNode(async (node) => {
        await node.edit('before.cfg', 'k=1\n');
        await node.edit('while.cfg', 'k=${x:-1}\n');
        await node.edit('before.cfg', 'k=\\ux\n');
        node.write('while.cfg', '\\ux');
        const next = await node.restart();
        const last = await next.restart();
        for (const pid of ['before', 'while'])
          expect(last.store.get(pid)?.properties).to.deep.equal({ k: '1' });
        expect(last.store.problems().map(({ file, lastGood }) => [file, lastGood])).to.deep.equal([
          ['etc/before.cfg', true],
          ['etc/while.cfg', true],
        ]);
      }));

    it('last good values come back when the consumer refuses what nobody had checked', () =>
      onNode(async (node) => {
        const consuming = node.store.consume('a', new PortConsumer());
        await node.edit('a.cfg', 'port=1\n');
        await node.edit('a.cfg', 'host=h\nport=x\n');
        consuming.dispose();
        const next = await (await node.restart()).restart();
        const consumer = new PortConsumer();
        next.store.consume('a', consumer);
        expect(consumer.told).to.deep.equal([{ port: '1' }]);
        expect(next.store.get('a')?.properties).to.deep.equal({ port: '1' });
        expect(next.store.problems()).to.containSubset([{ file: 'etc/a.cfg', line: 2, lastGood: true }]);
        await next.store.change('a', { set: { port: '3' } });
        expect(next.read('a.cfg')).to.equal('host=h\nport = 3\n');
        expect(consumer.told.at(-1)).to.deep.equal({ port: '3', host: 'h' });
      }));

    it('a consumer that refuses the only values is told that there are none', () =>
      onNode(async (node) => {
        await node.edit('a.cfg', 'port=x\n');
        const consumer = new PortConsumer();
        node.store.consume('a', consumer);
        expect(consumer.told).to.deep.equal([undefined]);
        expect(node.store.problems()).to.containSubset([{ file: 'etc/a.cfg', line: 1, lastGood: false }]);
        await node.edit('a.cfg', 'port=1\n');
        expect(consumer.told).to.deep.equal([undefined, { port: '1' }]);
        expect(node.store.problems()).to.deep.equal([]);
      }));

    it('500 files are taken up, each as it is', () =>
      onNode(async (node) => {
        for (let n = 0; n < 500; n += 1)
          node.write(`acme.p${n}.cfg`, `# c\nname = p${n}\nurl = http://\${name}/\n`);
        await node.boot();
        const next = await node.restart();
        expect(next.store.list()).to.deep.equal(node.store.list());
        expect(next.store.get('acme.p7')?.properties.url).to.equal('http://p7/');
      }));
  });

  it('shows the same properties in memory, in the file read anew, and after a restart, whatever is changed', () =>
    onNode(async (node) => {
      const key = fc.constantFrom('a', 'b', 'c d', 'é');
      const value = fc.string({
        unit: fc.constantFrom('x', '$', '{', '}', '\\', ' ', '\n', '#', 'é'),
        maxLength: 6,
      });
      const author = fc.constantFrom('console', 'group:g') as fc.Arbitrary<'console' | 'group:g'>;
      let n = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ key, value, author }), { minLength: 1, maxLength: 5 }),
          async (changes) => {
            n += 1;
            const pid = `p${n}`;
            for (const change of changes) {
              // A variable in a circle is refused, as it should be.
              await node.store
                .change(pid, { set: { [change.key]: change.value } }, { author: change.author })
                .catch(() => undefined);
              if (change.author === 'group:g' || !change.value.includes('${')) {
                expect(node.store.get(pid)?.properties[change.key]).to.equal(change.value);
              }
            }
            const { properties } = node.store.get(pid)!;
            expect(node.store.read(node.read(`${pid}.cfg`)!, 'cfg', pid)).to.deep.equal(properties);
          },
        ),
        { numRuns: 200 },
      );
      const next = await node.restart();
      expect(next.store.list()).to.deep.equal(node.store.list());
    }));
});

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { poll } from '../support/poll.js';
import { withTemporaryFolder } from '../support/temporary.js';
import { activator, TestNode, takeNotes, withTestNode } from '../support/test-node.js';

const GOOD = activator();
const SLOW = activator('await new Promise((done) => { globalThis.staveTestGoOn = done; });');
const BROKEN = activator("throw new Error('it is broken');");

/** As if they had come from npm: nothing says whether they look as they did. */
async function forgetSources(node: TestNode): Promise<void> {
  const text = await readFile(node.path('data/state.json'), 'utf8');
  await node.write('data/state.json', text.replaceAll(/,"fingerprint":"[^"]*"/g, ''));
}

/** Lets the start of `SLOW` end. */
function goOn(): void {
  (globalThis as unknown as { staveTestGoOn(): void }).staveTestGoOn();
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
}

describe('a transaction', function () {
  this.timeout(60_000);
  afterEach(() => void takeNotes());

  it('leaves the data folder of a bundle alone until its uninstall is committed', () =>
    withTestNode({ 'b/keeper.ts': GOOD, 'b/broken.ts': BROKEN }, async (node) => {
      await node.install(['b/keeper.ts']);
      const folder = node.parts.framework.dataFolder(node.bundle('keeper')!.id);
      await mkdir(folder, { recursive: true });
      const release = [{ type: 'bundle', key: node.location('b/keeper.ts') }];
      expect(await refusal(node.install(['b/broken.ts'], { release }))).to.equal('STAVE_START_FAILED');
      expect(node.bundles).to.deep.equal(['keeper ACTIVE']);
      expect(existsSync(folder)).to.equal(true);
      await node.uninstall(['b/keeper.ts']);
      expect(existsSync(folder)).to.equal(false);
    }));

  it('is not refused for a bundle of another owner that failed before', () =>
    withTestNode({ 'b/broken.ts': BROKEN, 'b/good.ts': GOOD }, async (node) => {
      await node.install(['b/broken.ts'], { owner: 'local' });
      const { problem } = node.bundle('broken')!;
      await node.install(['b/good.ts']);
      expect(node.bundles).to.deep.equal(['broken RESOLVED', 'good ACTIVE']);
      expect(node.bundle('broken')?.problem).to.equal(problem).and.to.include('it is broken');
      expect(node.state.unmet.map(({ code }) => code)).to.deep.equal(['STAVE_START_FAILED']);
    }));

  it('never gives an id twice, also not one of a gesture that was undone', () =>
    withTestNode({ 'b/broken.ts': BROKEN, 'b/good.ts': GOOD }, async (node) => {
      const ids: number[] = [];
      node.parts.framework.onDidChange(({ type, bundle }) => {
        if (type === 'installed') ids.push(bundle.id);
      });
      await refusal(node.install(['b/broken.ts']));
      await node.install(['b/good.ts']);
      expect(new Set(ids).size).to.equal(2);
    }));

  it('is given up when it is aborted while it waits for its turn', () =>
    withTestNode({ 'b/slow.ts': SLOW, 'b/good.ts': GOOD }, async (node) => {
      await node.install(['b/good.ts'], { simulate: true });
      const slow = node.install(['b/slow.ts'], { owner: 'local' });
      await poll(() => node.bundle('slow')?.state === 'STARTING');
      const controller = new AbortController();
      const set = [{ type: 'bundle', key: node.location('b/good.ts'), value: {} }];
      const { signal } = controller;
      const { outcome } = node.parts.provisioner.change({ owner: 'console', set }, { signal });
      const refused = refusal(outcome);
      // It is prepared already: it has nothing to do but wait.
      await setImmediate();
      controller.abort(new StaveError('STAVE_ABORTED', 'Ctrl-C'));
      expect(await refused).to.equal('STAVE_ABORTED');
      goOn();
      await slow;
      await node.parts.provisioner.idle();
      expect(node.bundles).to.deep.equal(['slow ACTIVE']);
    }));

  it('is aborted in the middle of its gather when the node stops', () =>
    withTestNode({}, async (node) => {
      let begun = false;
      node.parts.types.add({
        name: 'endless',
        check: () => undefined,
        expand: () => ({ wants: [], unmet: [], pins: {}, observed: {} }),
        gather: ({ claims, signal }) =>
          new Promise((resolve, reject) => {
            if (claims.length === 0) return resolve([]);
            begun = true;
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          }),
      });
      const { provisioner } = node.parts;
      const refused = refusal(node.change({ set: [{ type: 'endless', key: 'x', value: {} }] }));
      await poll(() => begun);
      await node.stop();
      expect(await refused).to.equal('STAVE_ABORTED');
      expect(await refusal(provisioner.change({ owner: 'console' }).outcome)).to.equal('STAVE_ABORTED');
      expect(await refusal(provisioner.submit([], {}))).to.equal('STAVE_ABORTED');
    }));

  it('may not be awaited, nor a configuration changed, inside a start or an activation; afterwards it may', () => {
    const tries = `
      const { Claims, ConfigurationAdmin, System } = api;
      const claims = context.services.get(Claims);
      const codeOf = (work) => work.then(() => 'done', (error) => error.code);
      notes.push(await codeOf(claims.change({ owner: 'console' }).outcome));
      notes.push(await codeOf(context.services.get(ConfigurationAdmin).replace('acme.x', { a: 'b' })));
      claims.onDidCommit(({ cause }) => {
        if (cause === 'first') codeOf(claims.change({ owner: 'console', cause: 'second' }).outcome).then((code) => notes.push(code));
      });`;
    const source = `import * as api from '@stave/api';\n${activator(tries)}`;
    return withTestNode({ 'b/eager.ts': source }, async (node) => {
      await node.install(['b/eager.ts'], { cause: 'first' });
      await poll(() => node.parts.provisioner.recent().some(({ cause }) => cause === 'second'));
      await node.parts.provisioner.idle();
      await setImmediate();
      expect(takeNotes()).to.deep.equal(['STAVE_TX_REENTRANT', 'STAVE_TX_REENTRANT', 'done']);
    });
  });

  it('leaves memory and disk as before when it cannot be committed', () =>
    withTestNode({ 'b/one.ts': GOOD, 'b/two.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      const before = { state: node.state, disk: await readFile(node.path('data/state.json'), 'utf8') };
      node.onStep = (step) => {
        if (step === 'committing') throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      };
      const release = [{ type: 'bundle', key: node.location('b/one.ts') }];
      await refusal(node.install(['b/two.ts'], { release }));
      node.onStep = () => undefined;
      expect(node.bundles).to.deep.equal(['one ACTIVE']);
      expect(node.state.bundles).to.deep.equal(before.state.bundles);
      expect(await readFile(node.path('data/state.json'), 'utf8')).to.equal(before.disk);
    }));

  it('carries out many changes that were gathered at the same time', () => {
    const names = Array.from({ length: 30 }, (_, index) => `drop${index}`);
    const files = Object.fromEntries(names.map((name) => [`b/${name}.ts`, GOOD]));
    return withTestNode(files, async (node) => {
      await Promise.all(names.map((name) => node.install([`b/${name}.ts`], { owner: `deploy:${name}` })));
      expect(node.bundles).to.have.lengthOf(30);
      expect(node.state.revision).to.be.at.least(30);
    });
  });

  it('takes back the configuration of a feature that is set aside since its bundle does not start', () => {
    const feature = {
      name: 'f',
      version: '1.0.0',
      bundles: ['./broken.ts'],
      configs: [{ pid: 'acme.f', properties: { a: 'b' } }],
    };
    const files = { 'b/broken.ts': BROKEN, 'b/f.json': JSON.stringify({ name: 'f', features: [feature] }) };
    return withTestNode(files, async (node) => {
      await node.change({
        owner: 'local',
        set: [
          { type: 'repository', key: node.location('b/f.json'), value: {} },
          { type: 'feature', key: 'f', value: {} },
        ],
      });
      expect(node.bundles).to.deep.equal([]);
      expect(existsSync(node.path('etc/acme.f.cfg'))).to.equal(false);
      expect(node.parts.configuration.get('acme.f')).to.equal(undefined);
    });
  });
});

describe('a component', function () {
  this.timeout(60_000);
  afterEach(() => void takeNotes());

  it('may not await a change while it is activated, for the change that started it waits for that', () => {
    const source = `import { Claims, ConfigurationAdmin, defineComponent } from '@stave/api';
class Eager {
  constructor(claims, configurations) { Object.assign(this, { claims, configurations }); }
  async begin() {
    const codeOf = (work) => work.then(() => 'done', (error) => error.code);
    globalThis.staveTestNotes ??= [];
    staveTestNotes.push(await codeOf(this.claims.change({ owner: 'console' }).outcome));
    staveTestNotes.push(await codeOf(this.configurations.replace('acme.x', { a: 'b' })));
  }
}
export default defineComponent(Eager, {
  parameters: [{ token: Claims }, { token: ConfigurationAdmin }],
  activate: 'begin',
});`;
    return withTestNode({ 'b/eager.ts': source }, async (node) => {
      await node.install(['b/eager.ts']);
      expect(takeNotes()).to.deep.equal(['STAVE_TX_REENTRANT', 'STAVE_TX_REENTRANT']);
    });
  });
});

describe('the list of boot features', function () {
  this.timeout(60_000);

  it('is followed live, without complaint', () => {
    const features = [{ name: 'f', version: '1.0.0', bundles: ['./one.ts'] }];
    const files = { 'b/one.ts': GOOD, 'b/f.json': JSON.stringify({ name: 'f', features }) };
    return withTestNode(files, async (node) => {
      const list = (boot: string) => `repositories = ${node.location('b/f.json')}\nboot = ${boot}\n`;
      await node.write('etc/stave.features.cfg', list('f'));
      await poll(() => node.bundles.join() === 'one ACTIVE');
      await node.parts.provisioner.idle();
      await node.write('etc/stave.features.cfg', list(''));
      await poll(() => node.bundles.length === 0);
      await node.parts.provisioner.idle();
      expect(node.logged('could not be followed')).to.deep.equal([]);
    });
  });
});

describe('stages of boot features', function () {
  this.timeout(60_000);
  beforeEach(() => {
    (globalThis as { staveTestNotes?: string[] }).staveTestNotes = [];
  });

  it('start one after the other; what fails in one is tried once and does not hold up the next', () => {
    const noting = (name: string) => activator(`notes.push('${name}');`);
    const feature = (name: string) => ({ name, version: '1.0.0', bundles: [`./${name}.ts`] });
    const names = ['good', 'bad', 'last'];
    const files = {
      'b/good.ts': noting('good'),
      'b/bad.ts': activator("notes.push('bad'); throw new Error('no');"),
      'b/last.ts': noting('last'),
      'b/other.ts': GOOD,
      'b/f.json': JSON.stringify({ name: 'f', features: names.map(feature) }),
    };
    return withTestNode(files, async (node) => {
      takeNotes();
      const list = `repositories = ${node.location('b/f.json')}\nboot = (bad), (good), last\n`;
      await node.write('etc/stave.features.cfg', list);
      await poll(() => node.bundles.join() === 'good ACTIVE,last ACTIVE');
      await node.parts.provisioner.idle();
      expect(takeNotes()).to.deep.equal(['bad', 'good', 'last']);
      expect(node.state.unmet.map(({ claim }) => claim.key)).to.deep.equal(['bad']);

      await node.install(['b/other.ts']);
      expect(takeNotes()).to.deep.equal([]);
      expect(node.state.unmet.map(({ claim }) => claim.key)).to.deep.equal(['bad']);
      await node.uninstall(['b/other.ts']);
      const again = [{ type: 'feature', key: 'bad', value: {} }];
      expect(await refusal(node.change({ set: again }))).to.equal('STAVE_START_FAILED');
      expect(takeNotes()).to.deep.equal(['bad']);

      await node.restart();
      expect(node.bundles).to.have.members(['good ACTIVE', 'last ACTIVE']);
    });
  });
});

describe('a node at rest', function () {
  this.timeout(60_000);

  it('has nothing to write again after a crash, such as a file that a user removes', () => {
    const configFiles = [{ location: './f.txt', finalName: 'etc/f.txt' }];
    const features = [{ name: 'f', version: '1.0.0', configFiles }];
    const files = { 'b/f.txt': 'text', 'b/f.json': JSON.stringify({ name: 'f', features }) };
    return withTestNode(files, async (node) => {
      await node.change({
        set: [
          { type: 'repository', key: node.location('b/f.json'), value: {} },
          { type: 'feature', key: 'f', value: {} },
        ],
      });
      expect(await readFile(node.path('etc/f.txt'), 'utf8')).to.equal('text');
      await poll(async () => (await readFile(node.path('data/state.json'), 'utf8')).includes('"outbox":[]'));
    });
  });
});

describe('a restart', function () {
  this.timeout(60_000);

  for (const gone of [['data/store'], ['data/cache'], ['data/store', 'data/cache']]) {
    it(`brings bundles back with their ids when ${gone.join(' and ')} were lost`, () =>
      withTestNode({ 'b/one.ts': GOOD }, async (node) => {
        await node.install(['b/one.ts']);
        const { id } = node.bundle('one')!;
        await node.stop();
        await forgetSources(node);
        for (const path of gone) await rm(node.path(path), { recursive: true });
        await node.start();
        expect(node.bundles).to.deep.equal(['one ACTIVE']);
        expect(node.bundle('one')?.id).to.equal(id);
        const root = node.parts.revisions.get(node.bundle('one')!.digest)?.root;
        expect(existsSync(root!)).to.equal(true);
      }));
  }

  it('takes nothing from where the home was before it was copied', () =>
    withTestNode({ 'b/one.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      await node.stop();
      await withTemporaryFolder(async (folder) => {
        await cp(node.home, folder, { recursive: true });
        const copy = new TestNode(folder);
        await copy.start();
        try {
          expect(copy.bundles).to.deep.equal(['one ACTIVE']);
          expect(copy.parts.revisions.get(copy.bundle('one')!.digest)?.root).to.match(
            new RegExp(`^${folder}/`),
          );
        } finally {
          await copy.stop();
        }
      });
    }));

  it('brings a bundle back whose store was lost and whose source has changed meanwhile', () =>
    withTestNode({ 'b/one.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      const { id } = node.bundle('one')!;
      await node.stop();
      await rm(node.path('data/store'), { recursive: true });
      await rm(node.path('data/cache'), { recursive: true });
      await node.write('b/one.ts', `${GOOD}// changed`);
      await node.start();
      expect(node.bundles).to.deep.equal(['one ACTIVE']);
      expect(node.bundle('one')?.id).to.equal(id);
    }));

  it('keeps what cannot be brought back now, and brings it back later', () =>
    withTestNode({ 'b/one.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      const { id } = node.bundle('one')!;
      const data = node.parts.framework.dataFolder(id);
      await mkdir(data, { recursive: true });
      await node.stop();
      await rm(node.path('data/store'), { recursive: true });
      await rm(node.path('data/cache'), { recursive: true });
      await rm(node.path('b/one.ts'));
      await node.start();
      expect(node.bundles).to.deep.equal([]);
      expect(node.state.claims.map(({ key }) => key)).to.include(node.location('b/one.ts'));
      await node.stop();
      await node.write('b/one.ts', GOOD);
      await node.start();
      expect(node.bundles).to.deep.equal(['one ACTIVE']);
      expect(node.bundle('one')?.id).to.equal(id);
      expect(existsSync(data)).to.equal(true);
    }));

  it('keeps the last good revision of a bundle whose new one does not start', () =>
    withTestNode({ 'deploy/one.ts': GOOD }, async (node) => {
      await poll(() => node.bundle('one')?.state === 'ACTIVE');
      const { digest } = node.bundle('one')!;
      await node.stop();
      await node.write('deploy/one.ts', BROKEN);
      await node.start();
      expect(node.bundle('one')).to.include({ state: 'ACTIVE', digest });
      expect(
        node.parts.provisioner.list().find(({ owner }) => owner === 'deploy:one.ts')?.unmet?.code,
      ).to.equal('STAVE_START_FAILED');
      await node.restart();
      expect(node.bundle('one')).to.include({ state: 'ACTIVE', digest });
      expect(
        node.parts.provisioner.list().find(({ owner }) => owner === 'deploy:one.ts')?.unmet?.code,
      ).to.equal('STAVE_START_FAILED');
    }));

  it('takes up what was mended when it is asked for again', () =>
    withTestNode({ 'b/one.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      const { digest } = node.bundle('one')!;
      await node.stop();
      await node.write('b/one.ts', BROKEN);
      await node.start();
      expect(node.bundle('one')).to.include({ state: 'ACTIVE', digest });
      await node.write('b/one.ts', `${GOOD}// mended`);
      await node.install(['b/one.ts']);
      expect(node.bundle('one')?.state).to.equal('ACTIVE');
      expect(node.bundle('one')?.digest).not.to.equal(digest);
      expect(node.state.unmet).to.deep.equal([]);
    }));

  it('says that the claims of the console are gone when the state is lost', () =>
    withTestNode({ 'b/one.ts': GOOD, 'deploy/two.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      await node.stop();
      await rm(node.path('data/state.json'));
      await node.start();
      expect(node.bundles).to.deep.equal(['two ACTIVE']);
      expect(node.logged('state.json is gone')).to.have.lengthOf(1);
    }));

  it('can be stopped while the boot still gathers, and loses nothing', () =>
    withTestNode({ 'b/one.ts': GOOD }, async (node) => {
      await node.install(['b/one.ts']);
      await node.stop();
      let asked: () => void = () => undefined;
      const arrived = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const server = createServer(() => asked()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const bundles = [`http://127.0.0.1:${port}/never.tgz`];
      const features = [{ name: 'never', version: '1.0.0', install: 'auto', bundles }];
      await node.write('deploy/never.json', JSON.stringify({ name: 'never', features }));
      const stopping = new AbortController();
      const refused = refusal(node.start({ signal: stopping.signal }));
      await arrived;
      stopping.abort(new StaveError('STAVE_ABORTED', 'SIGTERM'));
      expect(await refused).to.equal('STAVE_ABORTED');
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(node.path('deploy/never.json'));
      await node.start();
      expect(node.bundles).to.deep.equal(['one ACTIVE']);
    }));
});

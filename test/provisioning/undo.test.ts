import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { below, bundleFiles } from '../support/sample-bundles.js';
import { activator, type TestNode, takeNotes, withTestNode } from '../support/test-node.js';

const BROKEN = activator("throw new Error('it is broken');");

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
}

/** An activator that notes its start and stop. */
function noting(name: string): string {
  return activator(`notes.push('+${name}');`, `notes.push('-${name}');`);
}

/** A package that others import, and an importer of it that starts only with its value 1. */
const PROVIDER = { name: '@acme/value', version: '1.0.0' };
function provider(value: number): Readonly<Record<string, string>> {
  return {
    'package.json': JSON.stringify({ ...PROVIDER, type: 'module', exports: './value.ts', stave: {} }),
    'value.ts': `export const value = ${value};`,
  };
}
const IMPORTER = bundleFiles(
  'importer',
  `import { value } from '@acme/value';
export default {
  start() {
    globalThis.staveTestNotes?.push('value ' + value);
    if (value !== 1) throw new Error('only 1 will do');
  },
};`,
  { fields: { devDependencies: { '@acme/value': '*' } } },
);

describe('undo', function () {
  this.timeout(60_000);
  beforeEach(() => {
    (globalThis as { staveTestNotes?: string[] }).staveTestNotes = [];
  });
  afterEach(() => void takeNotes());

  it('brings the former revision back, with its importers, when an importer does not start on the new one', () =>
    withTestNode({ ...below('value', provider(1)), ...below('importer', IMPORTER) }, async (node) => {
      await node.install(['value', 'importer']);
      const { digest } = node.bundle('@acme/value')!;
      const before = node.state;
      for (const [path, content] of Object.entries(provider(2))) await node.write(`value/${path}`, content);
      expect(await refusal(node.change({ update: [node.location('value')] }))).to.equal('STAVE_START_FAILED');
      expect(takeNotes()).to.deep.equal(['value 1', 'value 2', 'value 1']);
      expect(node.bundle('@acme/value')?.digest).to.equal(digest);
      expect(node.bundles).to.deep.equal(['@acme/value ACTIVE', 'importer ACTIVE']);
      expect(node.state).to.deep.equal({ ...before, nextBundleId: node.state.nextBundleId });
    }));

  it('takes back configurations, files and overrides with the rest', () => {
    const feature = {
      name: 'f',
      version: '1.0.0',
      bundles: ['./broken.ts'],
      configs: [{ pid: 'acme.f', properties: { a: 'b' } }],
      configFiles: [{ location: './f.txt', finalName: 'etc/f.txt' }],
    };
    const files = {
      'b/steady.ts': noting('steady'),
      'b/broken.ts': BROKEN,
      'b/f.txt': 'text',
      'b/f.json': JSON.stringify({ name: 'f', features: [feature] }),
    };
    return withTestNode(files, async (node) => {
      await node.install(['b/steady.ts']);
      takeNotes();
      const disk = await readFile(node.path('data/state.json'), 'utf8');
      const gesture = node.change({
        set: [
          { type: 'repository', key: node.location('b/f.json'), value: {} },
          { type: 'feature', key: 'f', value: {} },
        ],
        overrides: [{ bundle: 'steady@0', stopped: true }],
      });
      expect(await refusal(gesture)).to.equal('STAVE_START_FAILED');
      expect(takeNotes()).to.deep.equal(['-steady', '+steady']);
      expect(node.bundles).to.deep.equal(['steady ACTIVE']);
      expect(node.parts.configuration.get('acme.f')).to.equal(undefined);
      expect(node.state.overrides).to.deep.equal([]);
      expect(await readFile(node.path('data/state.json'), 'utf8')).to.equal(disk);
      expect(await refusal(readFile(node.path('etc/f.txt')))).to.equal('ENOENT');
    });
  });

  it('is not needed where a full disk keeps the boot from committing: what ran runs again', () =>
    withTestNode({ 'b/one.ts': noting('one') }, async (node) => {
      await node.install(['b/one.ts']);
      await node.stop();
      await node.write('deploy/two.ts', noting('two'));
      node.onStep = (step) => {
        if (step === 'committing') throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      };
      await node.start();
      expect(node.bundles).to.deep.equal(['one ACTIVE']);
      node.onStep = () => undefined;
    }));
});

describe('a node', function () {
  this.timeout(60_000);
  beforeEach(() => {
    (globalThis as { staveTestNotes?: string[] }).staveTestNotes = [];
  });
  afterEach(() => void takeNotes());

  /** Bundles of several start levels. */
  async function installLevels(node: TestNode): Promise<void> {
    const set = [10, 20, 20, 30].map((startLevel, index) => ({
      type: 'bundle',
      key: node.location(`b/level${index}.ts`),
      value: { startLevel },
    }));
    await node.change({ set });
  }

  it('starts by level, all of a level at once, and stops the other way round', () => {
    const later = `notes.push('>' + context.bundle.name); await new Promise((done) => setImmediate(done)); notes.push('+' + context.bundle.name);`;
    const files = Object.fromEntries(
      [0, 1, 2, 3].map((index) => [`b/level${index}.ts`, activator(later, `notes.push('-level${index}');`)]),
    );
    const up = ['>level0', '+level0', '>level1', '>level2', '+level1', '+level2', '>level3', '+level3'];
    return withTestNode(files, async (node) => {
      await installLevels(node);
      expect(takeNotes()).to.deep.equal(up);
      await node.restart();
      expect(takeNotes()).to.deep.equal(['-level3', '-level2', '-level1', '-level0', ...up]);
    });
  });

  it('keeps what the console has decided over restarts and updates, as long as somebody wants the bundle', () =>
    withTestNode({ 'b/one.ts': noting('one') }, async (node) => {
      const stopped = [{ bundle: 'one@0', stopped: true }];
      await node.install(['b/one.ts'], { owner: 'local' });
      await node.change({ overrides: stopped });
      await node.restart();
      expect(node.bundles).to.deep.equal(['one RESOLVED']);
      await node.write('b/one.ts', `${noting('one')}// changed`);
      await node.change({ update: [node.location('b/one.ts')] });
      expect(node.bundles).to.deep.equal(['one RESOLVED']);
      await node.uninstall(['b/one.ts'], { owner: 'local' });
      expect(node.state.overrides).to.deep.equal([]);
      await node.install(['b/one.ts'], { owner: 'local' });
      expect(node.bundles).to.deep.equal(['one ACTIVE']);
    }));

  it('only observes a start that bundle:start asks for', () =>
    withTestNode(
      { 'b/one.ts': activator(`if (!globalThis.staveTestMayStart) throw new Error('not yet');`) },
      async (node) => {
        await node.install(['b/one.ts'], { owner: 'local' });
        const { id } = node.bundle('one')!;
        const outcome = await node.change({
          restart: [id],
          overrides: [{ bundle: 'one@0', stopped: false }],
          cause: 'bundle:start',
        });
        expect(outcome.failedStarts.map(({ name }) => name)).to.deep.equal(['one']);
        Object.assign(globalThis, { staveTestMayStart: true });
        try {
          await node.change({
            restart: [id],
            overrides: [{ bundle: 'one@0', stopped: false }],
            cause: 'bundle:start',
          });
          expect(node.bundles).to.deep.equal(['one ACTIVE']);
          expect(node.state.unmet).to.deep.equal([]);
        } finally {
          Reflect.deleteProperty(globalThis, 'staveTestMayStart');
        }
      },
    ));

  it('gives the place of a singleton to the next version when the highest goes', () => {
    const bundle = (version: string) => bundleFiles('solo', noting(version), { version });
    const files = { ...below('old', bundle('1.0.0')), ...below('new', bundle('2.0.0')) };
    return withTestNode(files, async (node) => {
      await node.install(['old', 'new']);
      expect(takeNotes()).to.deep.equal(['+2.0.0']);
      await node.uninstall(['new']);
      expect(takeNotes()).to.deep.equal(['-2.0.0', '+1.0.0']);
    });
  });
});

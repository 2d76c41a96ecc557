import type { StaveError } from '@stave/api';
import { expect } from 'chai';
import { below, bundleFiles, type Files } from '../support/sample-bundles.js';
import { activator, takeNotes, withTestNode } from '../support/test-node.js';

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: StaveError) => error.code,
  );
}

/** A bundle whose module of components cannot be evaluated. */
function withBrokenComponents(): Files {
  const stave = { activator: './src/activator.ts', components: './src/components.ts' };
  return {
    ...bundleFiles('half', activator("notes.push('start');", "notes.push('stop');"), { stave }),
    'src/components.ts': "throw new Error('no components');",
  };
}

describe('framework/bundle-life', function () {
  this.timeout(60_000);
  afterEach(() => void takeNotes());

  it('calls stop() when the activator has started, but the components fail', () =>
    withTestNode(below('half', withBrokenComponents()), async (node) => {
      expect(await failure(node.install(['half']))).not.to.equal('done');
      expect(takeNotes()).to.deep.equal(['start', 'stop']);
    }));

  it('does not call stop() when start() has failed, but gives back what it took, last first', () => {
    const start = `
      context.effect(() => () => notes.push('first'));
      context.effect(() => () => notes.push('second'));
      throw new Error('too late');`;
    return withTestNode({ 'b/failing.ts': activator(start, "notes.push('stop');") }, async (node) => {
      expect(await failure(node.install(['b/failing.ts']))).to.equal('STAVE_START_FAILED');
      expect(takeNotes()).to.deep.equal(['second', 'first']);
    });
  });

  it('goes on when giving back hangs', () => {
    const start = `context.effect(() => () => new Promise(() => undefined)); throw new Error('no');`;
    const files = { 'b/hanging.ts': activator(start), 'etc/stave.limits.cfg': 'stop.timeout = 50\n' };
    return withTestNode(files, async (node) => {
      expect(await failure(node.install(['b/hanging.ts']))).to.equal('STAVE_START_FAILED');
    });
  });

  it('undoes at once what is begun while the bundle stops', () => {
    const stop = `this.context.effect(() => () => notes.push('undone')); notes.push('stop');`;
    return withTestNode({ 'b/late.ts': activator('this.context = context;', stop) }, async (node) => {
      await node.install(['b/late.ts']);
      await node.uninstall(['b/late.ts']);
      expect(takeNotes()).to.deep.equal(['undone', 'stop']);
    });
  });

  it('says how an effect is written to who gives only the undo', () => {
    const files = { 'b/mistaken.ts': activator('context.effect(() => undefined);') };
    return withTestNode(files, async (node) => {
      expect(await failure(node.install(['b/mistaken.ts']))).to.equal('STAVE_CONTEXT_INVALID');
      expect(node.parts.framework.get('mistaken')).to.equal(undefined);
    });
  });

  it('refuses an activator whose constructor never ends', () => {
    const source = 'export default class { constructor() { for (;;); } start() {} }';
    const files = { 'b/loop.ts': source, 'etc/stave.limits.cfg': 'evaluation.timeout = 100\n' };
    return withTestNode(files, async (node) => {
      expect(await failure(node.install(['b/loop.ts']))).to.equal('STAVE_EVALUATION_TIMEOUT');
      expect(node.bundles).to.deep.equal([]);
    });
  });
});

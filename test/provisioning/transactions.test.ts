import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { poll } from '../support/poll.js';
import { activator, takeNotes, withTestNode } from '../support/test-node.js';

const GOOD = activator();
const BROKEN = activator("throw new Error('it is broken');");

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

  it('is given up when it is aborted while it waits for its turn', () =>
    withTestNode(
      { 'b/slow.ts': activator('await new Promise((done) => (globalThis.goOn = done));'), 'b/good.ts': GOOD },
      async (node) => {
        const slow = node.install(['b/slow.ts'], { owner: 'local' });
        await poll(() => node.bundle('slow')?.state === 'STARTING');
        const controller = new AbortController();
        const set = [{ type: 'bundle', key: node.location('b/good.ts'), value: {} }];
        const { outcome } = node.parts.provisioner.change(
          { owner: 'console', set },
          { signal: controller.signal },
        );
        controller.abort(new Error('Ctrl-C'));
        await refusal(outcome);
        (globalThis as unknown as { goOn(): void }).goOn();
        await slow;
        await node.parts.provisioner.idle();
        expect(node.bundles).to.deep.equal(['slow ACTIVE']);
      },
    ));

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
});

import { existsSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { type NodeProcess, withNode } from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { bundleStates, probeSource } from '../support/sample-bundles.js';

/** Steps of a transaction at which the process is ended. */
const STEPS = [
  'gathered',
  'stopped',
  'installed',
  'wired',
  'configured',
  'started',
  'committing',
  'renaming',
  'committed',
  'flushed',
];
/** From here on the change is on disk. */
const AFTER = new Set(['committed', 'flushed']);

const DESCRIPTOR = {
  name: 'crash',
  features: [
    {
      name: 'crash',
      version: '1.0.0',
      bundles: ['./crash-one.ts', './crash-two.ts'],
      configs: [{ pid: 'acme.crash', properties: { greeting: 'hello' } }],
    },
  ],
};

const FILES = {
  'features/crash.json': JSON.stringify(DESCRIPTOR),
  'features/crash-one.ts': probeSource('crash-one', 'one'),
  'features/crash-two.ts': probeSource('crash-two', 'two'),
  'deploy/steady.ts': probeSource('steady', 'steady'),
};

async function observed(node: NodeProcess): Promise<unknown> {
  const features = await node.list<{ name: string }>('feature:list -i');
  return {
    bundles: await bundleStates(node),
    features: features.map((feature) => feature.name),
    configuration: existsSync(node.path('etc/acme.crash.cfg')),
  };
}

/** What a crash may leave in data/ beside what belongs there. */
function litter(node: NodeProcess): readonly string[] {
  return readdirSync(node.path('data')).filter((name) => name.endsWith('.tmp'));
}

describe('a node that is killed in the middle of a change', function () {
  this.timeout(180_000);

  for (const step of STEPS) {
    it(`has all of a console gesture or nothing of it, killed when it is ${step}`, () =>
      withNode({ files: FILES }, async (node) => {
        await node.run('feature:repo-add home:features/crash.json');
        const before = await observed(node);
        await node.restart({ STAVE_TEST_CRASH_AT: step });
        const gesture = await node.client('feature:install crash');
        expect(gesture.status).not.to.equal(0);
        expect(await node.exit()).to.deep.equal({ status: null, signal: 'SIGKILL' });
        node.launchAgain();
        await node.ready();
        const left = await observed(node);
        if (!AFTER.has(step)) expect(left).to.deep.equal(before);
        await node.run('feature:install crash');
        const after = await observed(node);
        if (AFTER.has(step)) expect(left).to.deep.equal(after);
        expect(after).not.to.deep.equal(before);
        expect(await node.run('probe:crash-one')).to.equal('one\n');
        expect(litter(node)).to.deep.equal([]);
      }));

    it(`brings a dropped bundle up after all, killed when it is ${step}`, () =>
      withNode({ files: { 'deploy/steady.ts': probeSource('steady', 'steady') } }, async (node) => {
        await node.restart({ STAVE_TEST_CRASH_AT: step });
        await node.write('deploy/steady.ts', probeSource('steady', 'changed'));
        // A change without a file to write has no step "flushed".
        if (step === 'flushed') await poll(async () => (await node.run('probe:steady')) === 'changed\n');
        else await node.exit();
        if (!node.ended) await node.kill('SIGKILL');
        node.launchAgain();
        await node.ready();
        await poll(async () => (await node.run('probe:steady')) === 'changed\n', {
          what: 'the new revision',
        });
        expect(litter(node)).to.deep.equal([]);
      }));
  }
});

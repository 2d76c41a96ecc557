import { readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type NodeProcess, withNode } from '../support/node-process.js';
import { bundleFiles, bundleStates, probeSource, writeFiles } from '../support/sample-bundles.js';

/** Nothing can be fetched from there. */
const NO_REGISTRY = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };

/** Path, inode and time of each file that was made for the bundles; notes of what is not yet flushed go with time. */
function madeFiles(node: NodeProcess): readonly string[] {
  const root = node.path('data');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(store\/(?!unsettled)|cache\/)/.test(path) && statSync(join(root, path)).isFile())
    .map((path) => {
      const { ino, mtimeMs } = statSync(join(root, path));
      return `${path} ${ino} ${mtimeMs}`;
    })
    .sort();
}

async function observed(node: NodeProcess): Promise<unknown> {
  return {
    bundles: await bundleStates(node),
    features: await node.list('feature:list -i'),
    configurations: await node.run('config:list'),
    repositories: await node.list('feature:repo-list'),
  };
}

describe('starting again', function () {
  this.timeout(180_000);

  for (const how of ['SIGTERM', 'SIGKILL'] as const) {
    it(`brings the same state back after ${how}, without compiling or fetching anything`, () =>
      withNode({ files: { 'deploy/single.ts': probeSource('single', 'here') } }, async (node) => {
        await node.client(
          'feature:repo-add stave:features/samples.json',
          'feature:install greeter-cron side-by-side',
        );
        await node.run('config:property-set --pid acme.greeter greeting Welcome');
        await node.run('bundle:stop @acme/duration-classic');
        const before = await observed(node);
        // The first start after an install may still lay down what makes the next ones faster.
        await node.restart();
        expect(await observed(node)).to.deep.equal(before);
        const made = madeFiles(node);
        expect(made).not.to.deep.equal([]);
        await node.kill(how);
        await node.restart(NO_REGISTRY);
        expect(await observed(node)).to.deep.equal(before);
        expect(madeFiles(node)).to.deep.equal(made);
        expect(await node.run('greeter:greet', 'Ada')).to.equal('Welcome, Ada!\n');
        expect(await node.run('probe:single')).to.equal('here\n');
      }));
  }

  it('makes again what was in data/cache', () =>
    withNode({ files: { 'deploy/single.ts': probeSource('single', 'here') } }, async (node) => {
      await node.stop();
      await rm(node.path('data/cache'), { recursive: true, force: true });
      await node.restart();
      expect(await node.run('probe:single')).to.equal('here\n');
    }));

  it('makes again what system:clean has removed, also when nothing but a refused gesture knew it', () =>
    withNode({}, async (node) => {
      const source = `import { existsSync } from 'node:fs';
export default { start() { if (!existsSync('probe')) throw new Error('not yet'); } };
`;
      await writeFiles(node.path('work'), bundleFiles('probe', source));
      expect((await node.client(`bundle:install ${node.path('work')}`)).stderr).to.contain('not yet');
      await node.run('system:clean');
      await node.write('probe', '');
      await node.run(`bundle:install ${node.path('work')}`);
      expect(await bundleStates(node)).to.deep.equal(['probe 1.0.0 ACTIVE']);
    }));
});

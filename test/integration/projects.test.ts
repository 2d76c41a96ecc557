import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { staveWith, withNode } from '../support/node-process.js';
import { answers, bundleFiles, deploy, writeFiles } from '../support/sample-bundles.js';
import { withTemporaryFolder } from '../support/temporary.js';

describe('a project of one’s own', function () {
  this.timeout(120_000);

  it('made by stave new bundle runs as soon as it is copied into deploy/', () =>
    withTemporaryFolder(async (cwd) => {
      const made = await staveWith({ cwd }, 'new', 'bundle', '@acme/clock');
      expect(made.stderr).to.equal('');
      expect(made.status).to.equal(0);
      await withNode({}, async (node) => {
        await deploy(node, join(cwd, 'clock'));
        await answers(node, 'clock:greet Ada', 'Hello, Ada, from root!');
        await node.run('config:property-set --pid acme.clock greeting Welcome');
        await answers(node, 'clock:greet Ada', 'Welcome, Ada, from root!');
      });
    }));

  it('packed by stave pack runs on a node that has no network, and whose npm has nothing in its cache', () =>
    withTemporaryFolder(async (folder) => {
      const source = `import { Command } from '@stave/api';
import isOdd from 'is-odd';
export default {
  start(context) {
    context.services.register(Command, {
      scope: 'packed', name: 'odd', description: 'Tells whether 3 is odd', execute: () => String(isOdd(3)),
    });
  },
};
`;
      const project = await writeFiles(
        join(folder, 'packed'),
        bundleFiles('packed', source, { fields: { dependencies: { 'is-odd': '^3.0.1' } } }),
      );
      const out = join(folder, 'packed.tgz');
      const packed = await staveWith({ cwd: project }, 'pack', '--out', out);
      expect(packed.stderr).to.equal('');
      expect(packed.status).to.equal(0);
      await rm(project, { recursive: true });
      const env = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: join(folder, 'npm-cache') };
      await withNode({ env }, async (node) => {
        await node.run('bundle:install', out);
        expect(await node.run('packed:odd')).to.equal('true\n');
      });
    }));
});

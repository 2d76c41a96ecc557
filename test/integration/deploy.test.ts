import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { withNode } from '../support/node-process.js';
import {
  answers,
  bundleStates,
  deploy,
  isGone,
  npmPack,
  probeBundle,
  probeSource,
  writeFiles,
} from '../support/sample-bundles.js';
import { withTemporaryFolder } from '../support/temporary.js';

describe('the deploy folder', function () {
  this.timeout(120_000);

  it('runs a bundle folder, updates it when it is overwritten, and removes it when it is deleted', () =>
    withNode({}, (node) =>
      withTemporaryFolder(async (folder) => {
        await writeFiles(join(folder, 'one'), probeBundle('folder', 'one'));
        await deploy(node, join(folder, 'one'), 'probe');
        await answers(node, 'probe:folder', 'one');
        expect(await bundleStates(node)).to.include('probe-folder 1.0.0 ACTIVE');
        await writeFiles(join(folder, 'two'), probeBundle('folder', 'two', { version: '1.1.0' }));
        await deploy(node, join(folder, 'two'), 'probe');
        await answers(node, 'probe:folder', 'two');
        expect(await bundleStates(node)).to.include('probe-folder 1.1.0 ACTIVE');
        await rm(node.path('deploy/probe'), { recursive: true });
        await isGone(node, 'probe:folder');
        expect(await bundleStates(node)).to.deep.equal([]);
      }),
    ));

  it('runs, updates and removes an archive that npm pack has made', () =>
    withNode({}, (node) =>
      withTemporaryFolder(async (folder) => {
        const archives = [];
        for (const text of ['one', 'two']) {
          await writeFiles(join(folder, text), probeBundle('archive', text));
          archives.push(await npmPack(join(folder, text), join(folder, `${text}-packed`)));
        }
        await deploy(node, archives[0]!, 'probe.tgz');
        await answers(node, 'probe:archive', 'one');
        await deploy(node, archives[1]!, 'probe.tgz');
        await answers(node, 'probe:archive', 'two');
        await rm(node.path('deploy/probe.tgz'));
        await isGone(node, 'probe:archive');
      }),
    ));

  it('runs, updates and removes a single .ts file', () =>
    withNode({}, async (node) => {
      await node.write('deploy/single.ts', probeSource('single', 'one'));
      await answers(node, 'probe:single', 'one');
      await node.write('deploy/single.ts', probeSource('single', 'two'));
      await answers(node, 'probe:single', 'two');
      await rm(node.path('deploy/single.ts'));
      await isGone(node, 'probe:single');
    }));

  it('notices at the next start what was added, changed and deleted while the node was down', () =>
    withNode({}, async (node) => {
      await node.write('deploy/changed.ts', probeSource('changed', 'one'));
      await node.write('deploy/deleted.ts', probeSource('deleted', 'one'));
      await answers(node, 'probe:changed', 'one');
      await answers(node, 'probe:deleted', 'one');
      await node.stop();
      await node.write('deploy/changed.ts', probeSource('changed', 'two'));
      await rm(node.path('deploy/deleted.ts'));
      await node.write('deploy/added.ts', probeSource('added', 'one'));
      await node.restart();
      expect(await node.run('probe:changed')).to.equal('two\n');
      expect(await node.run('probe:added')).to.equal('one\n');
      expect((await node.client('probe:deleted')).stderr).to.contain('STAVE_COMMAND_UNKNOWN');
    }));

  it('installs the features of a descriptor, and takes them back with it', () =>
    withNode({}, async (node) => {
      const features = [
        {
          name: 'hello',
          version: '1.0.0',
          bundles: ['stave:bundles/greeter-api', 'stave:bundles/greeter', 'stave:bundles/greeter-command'],
        },
      ];
      await node.write('deploy/hello.json', JSON.stringify({ name: 'hello', features }));
      await answers(node, 'greeter:greet', 'Hello, world!');
      await rm(node.path('deploy/hello.json'));
      await isGone(node, 'greeter:greet');
    }));

  it('passes over drafts and hidden files', () =>
    withNode({}, async (node) => {
      for (const name of ['a.ts.tmp', 'b.ts.part', '.c.ts'])
        await node.write(`deploy/${name}`, 'not looked at');
      await node.write('deploy/last.ts', probeSource('last', 'here'));
      await answers(node, 'probe:last', 'here');
      expect((await node.list<{ file: string }>('deploy:list')).map(({ file }) => file)).to.deep.equal([
        'last.ts',
      ]);
    }));
});

import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { NodeProcess, withNode } from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { answers, probeSource } from '../support/sample-bundles.js';

describe('a newcomer', function () {
  this.timeout(120_000);

  it('can stop a node whose bundle has left a server open', () =>
    withNode({}, async (node) => {
      await node.write(
        'deploy/server.ts',
        `import { createServer } from 'node:http';
        import { Command } from '@stave/api';
        export async function start(context) {
          await new Promise((resolve) => createServer().listen(0, '127.0.0.1', resolve));
          const name = { scope: 'probe', name: 'server', description: 'Says that it listens' };
          context.services.register(Command, { ...name, execute: () => 'listens' });
        }`,
      );
      await answers(node, 'probe:server', 'listens');
      expect((await node.stop()).status).to.equal(0);
    }));

  it('is told by a gesture what it has changed, not what others have failed at before', () =>
    withNode({}, async (node) => {
      await node.write('deploy/broken.ts', 'export function start( {');
      await node.write('deploy/good.ts', probeSource('good', 'fine'));
      await answers(node, 'probe:good', 'fine');
      await poll(async () => (await node.run('deploy:list')).includes('STAVE_COMPILE_FAILED'), {
        milliseconds: 30_000,
        what: 'the failure of broken.ts',
      });
      expect(await node.run('bundle:stop good')).to.match(/^stopped good \S+\n$/);
    }));

  it('finds in the log what has changed, and an edit that was refused', () =>
    withNode({}, async (node) => {
      await node.run('feature:repo-add stave:features/samples.json', 'feature:install greeter');
      expect(await node.run('log:display')).to.match(
        /feature:install of console: install @acme\/greeter 1\.0\.0/,
      );
      await node.write('etc/acme.greeter.cfg', 'greeting = Hi\nrepeat = often\n');
      const warning = /WARN .*etc\/acme\.greeter\.cfg:2: .*"often"/;
      await poll(async () => warning.test(await node.run('log:display')), {
        milliseconds: 30_000,
        what: 'the warning',
      });
      expect(await node.run('greeter:greet Ada')).to.equal('Hello, Ada!\n');
    }));

  describe('whose bundle does not come to an end of its start', () => {
    const never = 'export function start() { return new Promise(() => {}); }';
    const silence = { milliseconds: 30_000, what: 'word of the start' };

    it('is told at the start what the node waits for, and can stop it at once', async () => {
      const node = await NodeProcess.launch({ files: { 'deploy/never.ts': never } });
      try {
        await poll(() => node.output.includes('is starting: waits for never 0.0.0-d'), silence);
        expect(await node.stop()).to.deep.equal({ status: 0, signal: null });
        expect(existsSync(node.path('data/lock'))).to.equal(false);
      } finally {
        await node[Symbol.asyncDispose]();
      }
    });

    it('can stop the node at once when it was put into deploy/, and has it in the same place afterwards', () =>
      withNode({}, async (node) => {
        await node.write('deploy/never.ts', never);
        await poll(async () => (await node.run('bundle:list')).includes('STARTING'), silence);
        expect((await node.stop()).status).to.equal(0);
        await node.write('deploy/never.ts', probeSource('never', 'ends'));
        await node.restart();
        await answers(node, 'probe:never', 'ends');
      }));
  });
});

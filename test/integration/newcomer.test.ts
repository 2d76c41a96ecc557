import { expect } from 'chai';
import { withNode } from '../support/node-process.js';
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
});

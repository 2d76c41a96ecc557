import { expect } from 'chai';
import { withNode } from '../support/node-process.js';
import { answers } from '../support/sample-bundles.js';

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
});

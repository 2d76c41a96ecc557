import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { processesMarked } from '../support/descendants.js';
import { type NodeProcess, withNode } from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { bundleFiles } from '../support/sample-bundles.js';

const LOG = 'data/log/stave.log';

/** Offers `evil:block`, which blocks the loop in line 5 until the log tells of it; half a minute later it gives up. */
const BLOCKER = `import { existsSync, readFileSync } from 'node:fs';
import { Command } from '@stave/api';
interface Erased { readonly line: 3 }
function block(end: number): string {
  while (Date.now() < end) { if (existsSync('${LOG}') && readFileSync('${LOG}', 'utf8').includes('STAVE_LOOP_BLOCKED')) return 'told'; }
  return 'not told';
}
export default {
  start(context: { services: { register(token: unknown, service: unknown): void } }) {
    context.services.register(Command, {
      scope: 'evil', name: 'block', description: 'Blocks', execute: () => block(Date.now() + 30_000),
    });
  },
};
`;

function blockerHome(): Record<string, string> {
  const files = { 'etc/stave.limits.cfg': 'loop.timeout = 200\n' };
  const bundle = Object.entries(bundleFiles('@acme/evil', BLOCKER));
  return { ...files, ...Object.fromEntries(bundle.map(([path, text]) => [`deploy/evil/${path}`, text])) };
}

interface Line {
  readonly time: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly details: { readonly code: string; readonly bundles: readonly { bundle: string; place: string }[] };
}

async function logged(node: NodeProcess): Promise<Line> {
  const lines = (await node.read(LOG)).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line).find(({ details }) => details?.code)!;
}

describe('a blocked event loop', function () {
  this.timeout(120_000);

  it('is told while it is blocked, with the bundle and its source line; then the node goes on, and stops in order', () => {
    const mark = randomUUID();
    return withNode({ files: blockerHome(), env: { STAVE_TEST_MARK: mark } }, async (node) => {
      expect(await node.run('evil:block')).to.equal('told\n');
      const line = await logged(node);
      expect(line.message).to.match(
        /^STAVE_LOOP_BLOCKED: the event loop has been blocked for \d+\.\d s by @acme\/evil 1\.0\.0 \(src\/activator\.ts:5:\d+\); /,
      );
      expect(line).to.include({ level: 'error', logger: 'stave.loop' });
      expect(line.details.bundles).to.have.length(1);
      expect(new Date(line.time).toISOString()).to.equal(line.time);
      await poll(() => node.errors.includes(`${line.message}\n`), { what: 'the line on standard error' });
      const resumed = /the event loop goes on; it was blocked for \d+\.\d s by @acme\/evil 1\.0\.0 \(src/;
      await poll(() => resumed.test(node.output), { what: 'the line of the main thread' });
      expect(await node.run('version')).to.match(/\d+\.\d+\.\d+/);
      expect(node.errors).not.to.match(/debugger|inspector/i);
      expect(await node.stop()).to.deep.equal({ status: 0, signal: null });
      expect(processesMarked(mark)).to.deep.equal([]);
    });
  });

  it('is told without a name while the node is debugged, since the debugger must not be disturbed', () =>
    withNode({ files: blockerHome(), env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } }, async (node) => {
      await poll(() => node.errors.includes('Debugger listening'), { what: 'the inspector' });
      expect(await node.run('evil:block')).to.equal('told\n');
      const { message, details } = await logged(node);
      expect(message).to.contain('in code that is not looked at while it is debugged');
      expect(details.bundles).to.deep.equal([]);
    }));
});

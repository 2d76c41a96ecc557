import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { StaleCheck } from 'stave/modules/stale-check.js';
import { poll } from '../support/poll.js';
import type { ReloadReport } from './reload-main.js';

describe('What is unloaded', () => {
  it('is collected, and hundreds of reloads keep the heap flat', async function () {
    this.timeout(120_000);
    const main = fileURLToPath(new URL('./reload-main.js', import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--max-old-space-size=64', '--expose-gc', main],
      {
        timeout: 110_000,
      },
    );
    const report = JSON.parse(stdout) as ReloadReport;
    // The last ones may still be held by registers of suspended frames.
    expect(report.collected).to.be.at.least(report.expected - 8);
    // Native `import()` would keep 20 MB here; what is left is the warming up of the runtime itself.
    expect(report.late - report.early).to.be.lessThan(6_000_000);
  });

  it('but still held by somebody is reported by its name, once, until it is let go', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const told: string[] = [];
    const check = new StaleCheck((name) => told.push(name));
    const held: { module: object | undefined } = { module: {} };
    check.watch('@acme/held 1.0.0', held.module!);
    check.watch('@acme/gone 1.0.0', {});
    expect(check.stale()).to.deep.equal([]);
    await poll(() => {
      gc();
      return told.length > 0;
    });
    expect(told).to.deep.equal(['@acme/held 1.0.0']);
    expect(check.stale()).to.deep.equal(['@acme/held 1.0.0']);
    held.module = undefined;
    await poll(() => {
      gc();
      return check.stale().length === 0;
    });
    expect(told).to.have.length(1);
  });
});

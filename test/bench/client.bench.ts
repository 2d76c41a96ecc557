import { NodeProcess } from '../support/node-process.js';
import type { Bench } from './bench.js';
import { alternate, median } from './statistics.js';
import { clientTime, timeToEnd } from './timed-process.js';

/** What each command from a shell costs. */
export const client: Bench = {
  name: 'client',
  title: 'stave client system:version',
  async measure({ quick }) {
    await using node = await NodeProcess.start();
    const runs = quick ? 7 : 21;
    await clientTime(node.home, 'system:version');
    const samples = await alternate(runs, {
      client: () => clientTime(node.home, 'system:version'),
      bare: () => timeToEnd(['-e', '0']),
    });
    return [
      {
        what: 'exec to exit',
        value: median(samples.client),
        unit: 'ms',
        of: `median of ${runs}`,
        goal: { below: 120 },
        beside: [{ name: 'bare node', value: median(samples.bare) }],
      },
    ];
  },
};

import { NodeProcess } from '../support/node-process.js';
import type { Bench, Beside } from './bench.js';
import { alternate, median } from './statistics.js';
import { startNode, timeToEnd, timeToLine } from './timed-process.js';

/** A start of a node that has nothing to make anew. */
export const start: Bench = {
  name: 'start',
  title: 'start to ready, standard features, warm',
  async measure({ quick, peers }) {
    await using node = await NodeProcess.start();
    await node.stop();
    const missing = peers.missing('@nestjs/core');
    const runs = quick ? 7 : 21;
    const samples = await alternate(runs, {
      stave: async () => {
        const started = await startNode(node.home);
        await started.stop();
        return started.milliseconds;
      },
      bare: () => timeToEnd(['-e', '0']),
      nest: () =>
        missing === undefined
          ? timeToLine([peers.script('nest-context.mjs')], /^ready$/m)
          : Promise.resolve(Number.NaN),
    });
    const nest: Beside =
      missing === undefined
        ? { name: 'Nest context', value: median(samples.nest) }
        : { name: 'Nest context', text: missing };
    return [
      {
        what: 'exec to ready line',
        value: median(samples.stave),
        unit: 'ms',
        of: `median of ${runs}`,
        goal: { below: 250 },
        beside: [{ name: 'bare node', value: median(samples.bare) }, nest],
      },
    ];
  },
};

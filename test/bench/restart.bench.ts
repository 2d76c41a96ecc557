import type { Bench } from './bench.js';
import { median } from './statistics.js';
import { startNode, timeToEnd } from './timed-process.js';

/** A start that brings back many bundles, nothing of which changed. */
export const restart: Bench = {
  name: 'restart',
  title: '1,000 bundles restarted to ACTIVE',
  async measure({ quick, thousand }) {
    const count = 1000;
    const { home } = await thousand.with(count);
    const runs = quick ? 3 : 7;
    const times: number[] = [];
    const memory: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run <= runs; run += 1) {
      const node = await startNode(home);
      await node.stop();
      if (node.active !== count) throw new Error(`only ${node.active} of ${count} bundles are active`);
      // The first start after the install has no code cache yet.
      if (run === 0) continue;
      bare.push(await timeToEnd(['-e', '0']));
      times.push(node.milliseconds);
      memory.push(node.memory / 1e6);
    }
    const of = `median of ${runs}`;
    return [
      {
        what: `${count} bundles, exec to ready line`,
        value: median(times),
        unit: 'ms',
        of,
        goal: { below: 800 },
        beside: [
          { name: 'bare node', value: median(bare) },
          { name: 'Felix', text: '6,200 ms (reference)' },
        ],
      },
      {
        what: `resident memory with ${count} bundles`,
        value: median(memory),
        unit: 'MB',
        of,
        goal: { below: 250 },
        beside: [{ name: 'Felix', text: '933 MB (reference)' }],
      },
    ];
  },
};

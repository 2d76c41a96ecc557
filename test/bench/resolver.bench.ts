import { resolve } from 'stave/resolver/resolve.js';
import type { Bench } from './bench.js';
import { felixProblem } from './resolver-data.js';
import { median } from './statistics.js';

/** A problem of real size: the one that the resolver of Felix is measured with. */
export const resolver: Bench = {
  name: 'resolver',
  title: 'resolve 241 resources, 3,844 requirements, warm',
  async measure({ quick }) {
    const problem = felixProblem();
    const runs = quick ? 20 : 100;
    const times: number[] = [];
    for (let run = 0; run < runs + 10; run += 1) {
      const began = performance.now();
      resolve(problem);
      if (run >= 10) times.push(performance.now() - began);
    }
    return [
      {
        what: 'whole problem',
        value: median(times),
        unit: 'ms',
        of: `median of ${runs}`,
        goal: { below: 40 },
        beside: [{ name: 'Felix', text: '187-251 ms (reference)' }],
      },
    ];
  },
};

import type { Bench } from './bench.js';

/** Many bundles by one gesture, compile included. */
export const install: Bench = {
  name: 'install',
  title: 'install of bundles (5 TS files, 3 imports, 1 service each) by feature:install, compile included',
  async measure({ thousand }) {
    const sizes = [250, 500, 1000];
    const each: number[] = [];
    for (const size of sizes) each.push((await thousand.with(size)).installMilliseconds / size);
    const [first, , last] = each as [number, number, number];
    return [
      ...sizes.map((size, at) => ({
        what: `per bundle, ${size} at once`,
        value: each[at]!,
        unit: 'ms' as const,
        of: 'one run',
        ...(at === sizes.length - 1
          ? {
              goal: { below: 6 },
              beside: [{ name: 'Pandino 1.0', text: '5.3 ms at 300, growing with their number (reference)' }],
            }
          : {}),
      })),
      {
        what: `per bundle, ${sizes.at(-1)} against ${sizes[0]} (linear: 1)`,
        value: last / first,
        unit: 'times',
        of: 'one run',
        goal: { below: 1.25 },
      },
    ];
  },
};

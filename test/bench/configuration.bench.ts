import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process.js';
import { bundleManifest } from '../support/sample-bundles.js';
import type { Bench } from './bench.js';
import { now, Stamps, stampSource } from './stamps.js';
import { median, quantile } from './statistics.js';

function componentSource(stamps: string): string {
  return `import { appendFileSync } from 'node:fs';
import { activate, type ComponentContext, component, modified } from '@stave/api';

@component({ configuration: 'bench.told' })
export class Told {
  @activate
  up(context: ComponentContext): void {
    this.told(context);
  }

  @modified
  told({ properties }: ComponentContext): void {
    ${stampSource(JSON.stringify(stamps), 'properties.mark')}
  }
}
`;
}

/** The daily gesture of an operator: save a configuration, the running component is told. */
export const configuration: Bench = {
  name: 'configuration',
  title: '.cfg saved → @modified of the component called',
  async measure({ quick, folder }) {
    const saves = quick ? 60 : 400;
    const stamps = await Stamps.at(join(folder, 'cfg-stamps'));
    await using node = await NodeProcess.start({
      files: {
        'etc/bench.told.cfg': 'mark = start\n',
        'deploy/told/package.json': bundleManifest('bench-told', {
          stave: { components: './src/components.ts' },
        }),
        'deploy/told/src/components.ts': componentSource(stamps.path),
      },
    });
    await stamps.timeOf('start');
    const times: number[] = [];
    for (let n = 0; n < saves; n += 1) {
      await setTimeout(60);
      const began = now();
      await writeFile(node.path('etc', 'bench.told.cfg'), `mark = m${n}\n`);
      times.push((await stamps.timeOf(`m${n}`)) - began);
    }
    const of = `${saves} saves`;
    return [
      {
        what: 'p50',
        value: median(times),
        unit: 'ms',
        of,
        goal: { below: 20 },
        beside: [{ name: 'Karaf', text: 'polls each second (reference)' }],
      },
      { what: 'p99', value: quantile(times, 0.99), unit: 'ms', of },
    ];
  },
};

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NodeProcess } from '../support/node-process.js';
import { bundleManifest, writeFiles } from '../support/sample-bundles.js';
import type { Bench } from './bench.js';
import { now, Stamps, stampSource } from './stamps.js';
import { median, quantile } from './statistics.js';

const FILES = 20;
/** Between two saves the node comes to rest, as it does while a person types. */
const PAUSE = 60;

/** The file that is saved again and again; its constant shows which save runs. */
function savedSource(mark: string): string {
  return `export const mark = '${mark}';\nexport function part0(value: number): number {\n  return value + 1;\n}\n`;
}

/** A bundle of 20 files with a development dependency, whose activator writes a stamp. */
function bundleFiles(stamps: string, mark: string): Readonly<Record<string, string>> {
  const parts = Array.from({ length: FILES - 2 }, (_, at) => at + 1);
  const body = Array.from(
    { length: 30 },
    (_, at) => `export function helper${at}(value: number): string {\n  return \`\${value * ${at}}\`;\n}\n`,
  ).join('');
  return {
    'package.json': bundleManifest('bench-saved'),
    'src/part0.ts': savedSource(mark),
    ...Object.fromEntries(
      parts.map((at) => [
        `src/part${at}.ts`,
        `${body}export function part${at}(value: number): number {\n  return value + helper${at % 30}(value).length;\n}\n`,
      ]),
    ),
    'src/activator.ts': `import { appendFileSync } from 'node:fs';
import { mark, part0 } from './part0.js';
${parts.map((at) => `import { part${at} } from './part${at}.js';`).join('\n')}

export default {
  start(): void {
    let sum = part0(0);
    ${parts.map((at) => `sum += part${at}(sum);`).join('\n    ')}
    if (sum > 0) ${stampSource(JSON.stringify(stamps), 'mark')}
  },
};
`,
  };
}

/** The daily gesture of a developer: save a file, see the new code run. */
export const redeploy: Bench = {
  name: 'redeploy',
  title: 'one of 20 files of a bundle in deploy/ saved → new code ACTIVE',
  async measure({ quick, folder }) {
    const drops = quick ? 2 : 5;
    const saves = quick ? 60 : 400;
    const stamps = await Stamps.at(join(folder, 'stamps'));
    const first: number[] = [];
    for (let drop = 0; drop < drops; drop += 1) first.push(await firstDrop(folder, stamps, `first${drop}`));
    const times = await savesOf(folder, stamps, saves);
    const beside = [{ name: 'Karaf', text: 'polls each second (reference)' }];
    const of = `${saves} saves`;
    return [
      { what: 'p50', value: median(times), unit: 'ms', of, goal: { below: 50 }, beside },
      { what: 'p99', value: quantile(times, 0.99), unit: 'ms', of, goal: { below: 150 } },
      {
        what: 'first drop on a fresh node',
        value: median(first),
        unit: 'ms',
        of: `median of ${drops}`,
        goal: { below: 400 },
      },
    ];
  },
};

/** A folder dropped into a node that has compiled nothing yet. */
async function firstDrop(folder: string, stamps: Stamps, mark: string): Promise<number> {
  await using node = await NodeProcess.start();
  const source = await writeFiles(join(folder, mark), bundleFiles(stamps.path, mark));
  await setTimeout(500);
  const began = now();
  await rename(source, node.path('deploy', 'saved')).catch(() =>
    writeFiles(node.path('deploy', 'saved'), bundleFiles(stamps.path, mark)),
  );
  return (await stamps.timeOf(mark)) - began;
}

async function savesOf(folder: string, stamps: Stamps, count: number): Promise<readonly number[]> {
  await mkdir(folder, { recursive: true });
  await using node = await NodeProcess.start({
    files: Object.fromEntries(
      Object.entries(bundleFiles(stamps.path, 'save-start')).map(([path, content]) => [
        `deploy/saved/${path}`,
        content,
      ]),
    ),
  });
  await stamps.timeOf('save-start');
  const times: number[] = [];
  const warmUp = 5;
  for (let n = 0; n < count + warmUp; n += 1) {
    await setTimeout(PAUSE);
    const began = now();
    await writeFile(node.path('deploy', 'saved', 'src', 'part0.ts'), savedSource(`save${n}`));
    const time = (await stamps.timeOf(`save${n}`)) - began;
    if (n >= warmUp) times.push(time);
  }
  await rm(stamps.path);
  return times;
}

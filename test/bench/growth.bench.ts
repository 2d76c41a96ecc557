import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeProcess, runProgram } from '../support/node-process.js';
import { below, bundleManifest } from '../support/sample-bundles.js';
import type { Bench, Figure, World } from './bench.js';
import { Stamps, stampSource } from './stamps.js';
import { versionedSource } from './versioned-source.js';

/** A small heap: V8 then collects in earnest all the time, as in a container with little memory. */
const HEAP_MB = 96;
/** Until V8 has optimized what runs at each redeploy: its code is heap too, but comes once. */
const WARM_UP = 200;

/** What must not grow, however often a bundle is redeployed. */
export const growth: Bench = {
  name: 'growth',
  title: `heap and disk growth over redeploys of 15 kB, heap capped at ${HEAP_MB} MB`,
  async measure(world) {
    const redeploys = world.quick ? 300 : 5000;
    const { heap, disk } = await growthOver(world, redeploys);
    const native = await nativeImports(world);
    const figure = (what: string, value: number, goal: number): Figure => ({
      what,
      value,
      unit: 'MB',
      of: `${redeploys} redeploys`,
      goal: { below: goal },
    });
    return [
      figure('heap', heap / 1e6, 1),
      figure('data/store and data/cache', disk / 1e6, 5),
      {
        what: 'heap kept by each redeploy',
        value: heap / redeploys / 1e3,
        unit: 'kB',
        of: `${redeploys} redeploys`,
        beside: [{ name: `native import('x?v=n')`, value: native / 1e3 }],
      },
    ];
  },
};

async function growthOver(
  { folder }: World,
  redeploys: number,
): Promise<{ readonly heap: number; readonly disk: number }> {
  const stamps = await Stamps.at(join(folder, 'growth-stamps'));
  await using node = await NodeProcess.start({
    env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` },
    files: {
      'deploy/gauge.js': await gaugeSource(),
      ...below('deploy/versioned', {
        'package.json': bundleManifest('bench-versioned'),
        'src/source.js': source(0),
        'src/activator.ts': `import { appendFileSync } from 'node:fs';
import { mark, run } from './source.js';

export default {
  start(): void {
    if (run() !== 0) ${stampSource(JSON.stringify(stamps.path), 'mark')}
  },
};
`,
      }),
    },
  });
  const redeploy = async (n: number): Promise<void> => {
    await writeFile(node.path('deploy', 'versioned', 'src', 'source.js'), source(n));
    await stamps.timeOf(`v${n}`);
  };
  const gauge = async (): Promise<number> => Number(await node.run('bench:heap'));
  for (let n = 1; n <= WARM_UP; n += 1) await redeploy(n);
  const before = { heap: await gauge(), disk: await diskOf(node) };
  for (let n = 1; n <= redeploys; n += 1) await redeploy(WARM_UP + n);
  const after = { heap: await gauge(), disk: await diskOf(node) };
  return { heap: after.heap - before.heap, disk: after.disk - before.disk };
}

function source(n: number): string {
  return `export const mark = 'v${n}';\n${versionedSource(n)}`;
}

/** A bundle with the command `bench:heap`, which tells what the heap of the node comes down to. */
async function gaugeSource(): Promise<string> {
  const floor = await readFile(new URL('heap-floor.js', import.meta.url), 'utf8');
  return `import { Command } from '@stave/api';
${floor.replace(/^\/\/# sourceMappingURL.*$/m, '')}
export default {
  start(context) {
    context.services.register(Command, {
      scope: 'bench',
      name: 'heap',
      description: 'Bytes of heap that stay after real collections',
      execute: async () => String(await heapFloor()),
    });
  },
};
`;
}

async function diskOf(node: NodeProcess): Promise<number> {
  return (await sizeOf(node.path('data', 'store'))) + (await sizeOf(node.path('data', 'cache')));
}

/** Bytes of all files below a folder; what is cleaned away meanwhile counts as gone. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

/** Bytes of heap that Node's own loader keeps of each module that is imported under a new name. */
async function nativeImports({ folder, peers, quick }: World): Promise<number> {
  const count = quick ? 300 : 800;
  const imports = join(folder, 'imports');
  await mkdir(imports, { recursive: true });
  const words = [
    `--max-old-space-size=${HEAP_MB}`,
    peers.script('native-import.mjs'),
    imports,
    String(count),
  ];
  const { status, stdout, stderr } = await runProgram(process.execPath, words);
  if (status !== 0) throw new Error(`native-import.mjs failed: ${stderr}`);
  const { before, after } = JSON.parse(stdout) as { readonly before: number; readonly after: number };
  return (after - before) / count;
}

// Measures the promised figures: `npm run bench -- [--quick] [--only WORD] [--json FILE]`. It reports, and judges nothing by its exit
// status: figures depend on the machine.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, type Figure, isReached, type World } from './bench.js';
import { client } from './client.bench.js';
import { commit } from './commit.bench.js';
import { components } from './components.bench.js';
import { conditions } from './conditions.js';
import { configuration } from './configuration.bench.js';
import { growth } from './growth.bench.js';
import { install } from './install.bench.js';
import { Peers } from './peers.js';
import { redeploy } from './redeploy.bench.js';
import { resolver } from './resolver.bench.js';
import { restart } from './restart.bench.js';
import { services } from './services.bench.js';
import { start } from './start.bench.js';
import { tableLines } from './table.js';
import { Thousand } from './thousand.js';

const ROWS: readonly Bench[] = [
  start,
  client,
  restart,
  install,
  redeploy,
  growth,
  configuration,
  services,
  components,
  commit,
  resolver,
];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
  },
});

async function measure(row: Bench, world: World): Promise<readonly Figure[] | { readonly failure: string }> {
  try {
    return await row.measure(world);
  } catch (error) {
    // The other rows are worth having even so.
    process.exitCode = 1;
    return { failure: (error as Error).message };
  }
}

const folder = await realpath(await mkdtemp(join(tmpdir(), 'stave-bench-')));
try {
  const world: World = {
    quick: values.quick,
    folder,
    peers: await Peers.open(),
    thousand: new Thousand(join(folder, 'many')),
  };
  const circumstances = conditions(folder);
  console.log(
    Object.entries(circumstances)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  );
  const chosen = ROWS.filter(
    ({ name }) => values.only.length === 0 || values.only.some((word) => name.includes(word)),
  );
  const results: object[] = [];
  for (const row of chosen) {
    const figures = await measure(row, world);
    const { name, title } = row;
    if ('failure' in figures) {
      console.log(`${title}\n  failed: ${figures.failure}`);
      results.push({ name, title, ...figures });
      continue;
    }
    console.log(tableLines(title, figures).join('\n'));
    results.push({
      name,
      title,
      figures: figures.map((figure) => ({ ...figure, reached: isReached(figure) })),
    });
  }
  if (values.json !== undefined) {
    await writeFile(
      values.json,
      `${JSON.stringify({ conditions: circumstances, rows: results }, undefined, 2)}\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

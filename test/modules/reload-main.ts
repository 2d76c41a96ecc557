import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedModule } from 'stave/modules/module-environment.js';
import { importsOf, ModuleHarness } from './module-harness.js';

/** What the process tells its parent at the end. */
export interface ReloadReport {
  readonly expected: number;
  readonly collected: number;
  /** Bytes in use after a full collection, half-way and at the end. */
  readonly early: number;
  readonly late: number;
}

const RELOADS = 330;
const PER_RELOAD = 4;
let collected = 0;
const registry = new FinalizationRegistry<undefined>(() => {
  collected += 1;
});

function sources(n: number): string {
  const functions = Array.from(
    { length: 60 },
    (_, i) => `export function f${i}(x: number) { return [x, ${n}, ${i}, 'text of ${n}']; }`,
  );
  return `import { provide } from 'provider'; import lib from 'lib'; import { later } from './later.ts';
    ${functions.join('\n')}
    export class Service { value = provide(${n}); lib = lib; later = later }
    export const timer = setInterval(() => f0(1), 100_000); process.on('stave-test', () => f1(2));
    setTimeout(() => f2(3), 0);`;
}

/** Loads three bundles that know each other, uses them, drops them. In a function of its own, so that no variable keeps them. */
async function reload(modules: ModuleHarness, n: number): Promise<void> {
  const loaded: LoadedModule[] = [];
  const provider = modules.input(
    {
      'package.json': { name: 'provider', exports: './i.ts' },
      'i.ts': `export const provide = (x: number) => ({ x, n: ${n} });`,
    },
    { name: 'provider' },
  );
  const library = modules.input(
    {
      'package.json': { name: 'lib', version: '1.0.0', type: 'module' },
      'index.js': `import x from './x.cjs'; export default () => x + ${n};`,
      'x.cjs': `module.exports = ${n};`,
    },
    { name: 'lib', isBundle: false, loading: 'files' },
  );
  const user = modules.input(
    {
      'index.ts': sources(n),
      'later.ts':
        'export const later = async () => (await import("lib")).default; try { JSON.parse("{"); } catch (e) { (e as Error).stack; }',
    },
    { imports: importsOf('provider', 'lib') },
  );
  for (const input of [provider, library, user]) {
    const bundle = await modules.load(input);
    loaded.push(bundle);
    modules.wires.set(input.manifest.name, (subpath) => bundle.exportOf(input.manifest.name, subpath));
    registry.register(bundle.exportOf(input.manifest.name, '.') as object, undefined);
  }
  const { Service } = loaded[2]!.exportOf('@acme/bundle', '.') as {
    Service: new () => { later(): Promise<() => number> };
  };
  const service = new Service();
  registry.register(service, undefined);
  if ((await service.later())() !== 2 * n) throw new Error('wrong library');
  if (n % 10 === 0) await modules.loader.flushCodeCache();
  for (const undo of modules.tracked) undo();
  modules.tracked.clear();
  modules.wires.clear();
  for (const bundle of loaded) bundle.dispose();
}

/** Garbage that lives for a moment: only real collections let go of compiled code, a forced one does not. */
async function pressure(megabytes: number): Promise<void> {
  for (let i = 0; i < megabytes; i += 1) {
    const garbage = Array.from({ length: 2_000 }, (_, n) => ({ n, text: `${n} ${i}`.repeat(8) }));
    if (garbage.length === 0) throw new Error('no garbage');
    if (i % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function heapUsed(): Promise<number> {
  await pressure(200);
  global.gc?.();
  return process.memoryUsage().heapUsed;
}

const folder = mkdtempSync(join(tmpdir(), 'stave-test-'));
const modules = new ModuleHarness(folder);
let early = 0;
for (let n = 1; n <= RELOADS; n += 1) {
  await reload(modules, n);
  await pressure(1);
  if (n === RELOADS / 2) early = await heapUsed();
}
const late = await heapUsed();
for (let i = 0; i < 20 && collected < RELOADS * PER_RELOAD; i += 1) await heapUsed();
modules.loader.dispose();
await modules.compiler.close();
rmSync(folder, { recursive: true });
const report: ReloadReport = { expected: RELOADS * PER_RELOAD, collected, early, late };
console.log(JSON.stringify(report));

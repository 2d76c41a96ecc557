import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Compiler } from 'stave/modules/compiler.js';
import { poll } from '../support/poll.js';
import { thrownBy, withModules } from './module-harness.js';

const SOURCES = { 'index.ts': 'export const a = 1;' };

function esbuildChildren(): string[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => parent === String(process.pid) && command?.includes('esbuild'))
    .map(([pid]) => pid!);
}

describe('The compiler', () => {
  it('gives what it has made before without any work', () =>
    withModules(async (modules) => {
      const input = modules.input(SOURCES);
      expect(modules.compiler.cached(input)).to.equal(undefined);
      const made = await modules.compile(input);
      await modules.compiler.close();
      await poll(() => esbuildChildren().length === 0);
      expect(modules.compiler.cached(input)).to.deep.equal(made);
      expect(await modules.compile(input)).to.deep.equal(made);
      expect(esbuildChildren()).to.deep.equal([]);
    }));

  it('makes one thing once, however many ask at the same time', () =>
    withModules(async (modules) => {
      const input = modules.input(SOURCES);
      const made = await Promise.all(Array.from({ length: 5 }, () => modules.compile(input)));
      expect(new Set(made).size).to.equal(1);
    }));

  it('makes many things at the same time', () =>
    withModules(async (modules) => {
      const inputs = Array.from({ length: 40 }, (_, n) =>
        modules.input({ 'index.ts': `export const n = ${n};` }),
      );
      const made = await Promise.all(inputs.map((input) => modules.compile(input)));
      const values = made.map((compiled, n) => {
        const loaded = modules.loader.load(compiled, modules.environment(inputs[n]!));
        return (loaded.exportOf('@acme/bundle', '.') as { n: number }).n;
      });
      expect(values).to.deep.equal(inputs.map((_, n) => n));
    }));

  for (const [what, damage] of [
    ['truncated', (path: string) => truncateSync(path, 3)],
    ['longer', (path: string) => appendFileSync(path, ' ')],
    [
      'changed in place',
      (path: string) => writeFileSync(path, readFileSync(path, 'latin1').replace(/[a-z]/, 'Q'), 'latin1'),
    ],
    ['gone', (path: string) => rmSync(path)],
    ['empty', (path: string) => truncateSync(path, 0)],
  ] as const) {
    it(`makes again what is ${what} on disk`, () =>
      withModules(async (modules) => {
        const input = modules.input(SOURCES);
        const made = await modules.compile(input);
        for (const name of readdirSync(made.folder)) {
          if (what === 'changed in place' && name.endsWith('.map')) continue;
          damage(join(made.folder, name));
          expect(modules.compiler.cached(input), name).to.equal(undefined);
          expect(await modules.compile(input)).to.deep.equal(made);
          expect(modules.compiler.cached(input), name).to.deep.equal(made);
        }
      }));
  }

  it('aborts for the one that asks, and goes on for the others', () =>
    withModules(async (modules) => {
      const input = modules.input(SOURCES);
      const controller = new AbortController();
      const first = modules.compile(input, { signal: controller.signal });
      const second = modules.compile(input);
      controller.abort(new Error('enough'));
      expect((await thrownBy(() => first)).message).to.equal('enough');
      expect((await second).kind).to.equal('chunk');
    }));

  it('stops what nobody waits for any more, and can make it later', () =>
    withModules(async (modules) => {
      const input = modules.input(SOURCES);
      const controller = new AbortController();
      const only = modules.compile(input, { signal: controller.signal });
      controller.abort(new Error('enough'));
      expect((await thrownBy(() => only)).message).to.equal('enough');
      expect((await thrownBy(() => modules.compile(input, { signal: controller.signal }))).message).to.equal(
        'enough',
      );
      expect((await modules.compile(input)).kind).to.equal('chunk');
    }));

  it('survives that its child process is killed', () =>
    withModules(async (modules) => {
      await modules.compile(modules.input(SOURCES));
      for (const pid of esbuildChildren()) process.kill(Number(pid), 'SIGKILL');
      await poll(() => esbuildChildren().length === 0);
      expect((await modules.compile(modules.input({ 'index.ts': 'export const b = 2;' }))).kind).to.equal(
        'chunk',
      );
    }));

  it('ends its child process when it has had nothing to do for a while', () =>
    withModules(async (modules) => {
      const compiler = new Compiler({ cacheFolder: modules.cacheFolder, idleMilliseconds: 1 });
      await compiler.compile(modules.input(SOURCES));
      await poll(() => esbuildChildren().length === 0);
      await compiler.compile(modules.input({ 'index.ts': 'export const b = 2;' }));
      await compiler.close();
    }));

  it('sweeps the compiled forms of all artifacts but those to keep', () =>
    withModules(async (modules) => {
      const kept = modules.input(SOURCES);
      const gone = modules.input({ 'index.ts': 'export const b = 2;' });
      const { folder } = await modules.compile(gone);
      await modules.compile(kept);
      const keep = new Set([kept.digest]);
      const planned = await modules.compiler.sweep(keep, { dryRun: true });
      expect(planned.map(({ digest }) => digest)).to.deep.equal([gone.digest]);
      expect(existsSync(folder)).to.equal(true);
      expect(await modules.compiler.sweep(keep, { dryRun: false })).to.deep.equal(planned);
      expect(existsSync(folder)).to.equal(false);
      expect(modules.compiler.cached(kept)).to.not.equal(undefined);
    }));

  it('sweeps a cache that is not there', () =>
    withModules(async (modules) => {
      expect(await modules.compiler.sweep(new Set(), { dryRun: false })).to.deep.equal([]);
    }));
});

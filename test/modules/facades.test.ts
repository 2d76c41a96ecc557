import { expect } from 'chai';
import { poll } from '../support/poll.js';
import { thrownBy, withModules } from './module-harness.js';

type Main = Record<string, (...args: unknown[]) => unknown>;

describe('What a bundle starts', () => {
  it('by timers is forgotten when it is done or cleared, and can be undone before', () =>
    withModules(async (modules) => {
      const main = await modules.main<Main>({
        'index.ts': `import { setTimeout as imported } from 'node:timers';
          export const seen: unknown[] = [];
          export const once = () => { setTimeout((...a: unknown[]) => seen.push(a), 1, 'a', 'b'); setImmediate(() => seen.push('immediate')); imported(() => seen.push('imported'), 1); };
          export const many = () => [setInterval(() => {}, 1000), setTimeout(() => seen.push('never'), 1000)];
          export const clear = (timers: NodeJS.Timeout[]) => { clearInterval(timers[0]); clearTimeout(timers[1]); clearTimeout(undefined); };`,
      });
      const seen = main.seen as unknown as unknown[];
      main.once!();
      expect(modules.tracked.size).to.equal(3);
      await poll(() => seen.length === 3);
      expect(seen).to.deep.include(['a', 'b']);
      expect(modules.tracked.size).to.equal(0);
      const timers = main.many!();
      expect(modules.tracked.size).to.equal(2);
      main.clear!(timers);
      expect(modules.tracked.size).to.equal(0);
      main.many!();
      for (const undo of modules.tracked) undo();
    }));

  it('by timers with a wrong callback fails as in Node', () =>
    withModules(async (modules) => {
      const main = await modules.main<Main>({
        'index.ts': 'export const bad = () => setTimeout("code" as never, 1);',
      });
      expect((await thrownBy(() => main.bad!())).code).to.equal('ERR_INVALID_ARG_TYPE');
      expect(modules.tracked.size).to.equal(0);
    }));

  it('by promised timers ends, is aborted, or never settles once it is undone', () =>
    withModules(async (modules) => {
      const main = await modules.main<Main>({
        'index.ts': `import { setTimeout as delay, setImmediate as soon, setInterval as every, scheduler } from 'node:timers/promises'; import { promisify } from 'node:util';
          export const all = async () => [await delay(1, 'a'), await soon('b'), await promisify(setTimeout)(1, 'c'), await scheduler.wait(1)];
          export const long = (signal?: AbortSignal) => delay(10_000, 'x', { signal });
          export const ticks = async () => { let n = 0; for await (const v of every(1, 'v')) { if (++n === 3) return v; } };`,
      });
      expect(await main.all!()).to.deep.equal(['a', 'b', 'c', undefined]);
      expect(await main.ticks!()).to.equal('v');
      expect(modules.tracked.size).to.equal(0);
      const controller = new AbortController();
      const aborted = main.long!(controller.signal);
      controller.abort();
      expect((await thrownBy(() => aborted)).name).to.equal('AbortError');
      expect((await thrownBy(() => main.long!(controller.signal))).code).to.equal('ABORT_ERR');
      expect(modules.tracked.size).to.equal(0);
      void main.long!();
      expect(modules.tracked.size).to.equal(1);
    }));

  it('by listening to the process is tracked, and only its own is removed', () =>
    withModules(async (modules) => {
      const own = (): void => undefined;
      process.on('stave-test' as 'warning', own);
      try {
        const before = process.listenerCount('stave-test');
        const main = await modules.main<Main>({
          'index.ts': `import imported, { pid } from 'node:process';
            export const seen: unknown[] = [];
            const listener = (w: unknown) => seen.push(w);
            export const add = () => { process.on('stave-test', listener).once('stave-test', listener); imported.prependListener('stave-test', listener); };
            export const remove = () => process.off('stave-test', listener);
            export const clear = () => process.removeAllListeners('stave-test');
            export const facts = [pid === process.pid, typeof process.hrtime.bigint(), typeof process.env.PATH, Object.prototype.toString.call(process)];`,
        });
        expect(main.facts).to.deep.equal([true, 'bigint', 'string', '[object process]']);
        main.add!();
        expect(modules.tracked.size).to.equal(3);
        expect(process.listenerCount('stave-test')).to.equal(before + 3);
        process.emit('stave-test' as 'warning', new Error('test'));
        expect(main.seen).to.have.length(3);
        expect(modules.tracked.size).to.equal(2);
        main.remove!();
        expect(process.listenerCount('stave-test')).to.equal(before + 1);
        main.clear!();
        expect(process.listenerCount('stave-test')).to.equal(before);
        expect(modules.tracked.size).to.equal(0);
        main.add!();
        for (const undo of modules.tracked) undo();
        expect(process.listenerCount('stave-test')).to.equal(before);
      } finally {
        process.off('stave-test' as 'warning', own);
      }
    }));

  it("by node:module stays in its own loader and never reaches Node's", () =>
    withModules(async (modules) => {
      modules.wires.set('wired', () => ({ n: 7 }));
      const main = await modules.main<{ all: unknown[]; bad(): unknown; escape(): unknown }>(
        {
          'index.ts': `import nodeModule, { createRequire, isBuiltin } from 'node:module';
            const require = createRequire(import.meta.url);
            export const all = [require('wired').n, require('./src/old.cjs').x, require('./data.json').d, isBuiltin('fs'), Object.keys(nodeModule).sort(), createRequire(import.meta.filename).resolve('./data.json').endsWith('data.json')];
            export const bad = () => require('./src/mod.mjs'); export const escape = () => require('chai');`,
          'src/old.cjs': 'exports.x = 8;',
          'src/mod.mjs': 'export {};',
          'data.json': { d: 9 },
        },
        { imports: [{ name: 'wired', range: '*', optional: false }] },
      );
      expect(main.all).to.deep.equal([
        7,
        8,
        9,
        true,
        ['SourceMap', 'builtinModules', 'createRequire', 'findSourceMap', 'isBuiltin'],
        true,
      ]);
      expect((await thrownBy(main.bad)).message).to.contain('"loading": "files"');
      expect((await thrownBy(main.escape)).code).to.equal('MODULE_NOT_FOUND');
    }));
});

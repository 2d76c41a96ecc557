import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runWithTimeout } from 'stave/modules/run-with-timeout.js';
import { importsOf, type ModuleHarness, thrownBy, withModules } from './module-harness.js';

describe('Evaluation', () => {
  it('that throws names the bundle, the message and the place in the sources, each time', () =>
    withModules(async (modules) => {
      const bundle = await modules.load(
        modules.input({
          'index.ts': 'import "./src/bad.ts";',
          'src/bad.ts': 'type A = 1;\nexport const x = (undefined as any).y;',
        }),
      );
      const first = await thrownBy(() => bundle.exportOf('@acme/bundle', '.'));
      expect(first.code).to.equal('STAVE_EVALUATION_FAILED');
      expect(first.message).to.match(/@acme\/bundle 1\.0\.0: TypeError: .*'y'.*\(src\/bad\.ts:2:\d+\)/);
      expect(first.cause).to.be.instanceOf(TypeError);
      expect(await thrownBy(() => bundle.exportOf('@acme/bundle', '.'))).to.equal(first);
    }));

  it('of an importer tells the error of the bundle that it imports', () =>
    withModules(async (modules) => {
      await modules.provide(
        { 'package.json': { name: 'wired', exports: './i.ts' }, 'i.ts': 'throw new Error("inner")' },
        { name: 'wired' },
      );
      const error = await thrownBy(() =>
        modules.main({ 'index.ts': 'import "wired";' }, { imports: importsOf('wired') }),
      );
      expect(error.message).to.match(/^wired 1\.0\.0: Error: inner \(i\.ts:1:7\)/);
    }));

  it('that never ends is stopped, and the code is not used again', () =>
    withModules(async (modules) => {
      modules.evaluationTimeoutMs = 30;
      const bundle = await modules.load(
        modules.input(
          { 'index.ts': 'export const a = 1;', 'activator.ts': 'for (;;);' },
          { activator: './activator.ts' },
        ),
      );
      const error = await thrownBy(() => bundle.activator());
      expect(error.code).to.equal('STAVE_EVALUATION_TIMEOUT');
      expect(error.message).to.contain('@acme/bundle 1.0.0').and.to.contain('30 ms');
      expect(await thrownBy(() => bundle.exportOf('@acme/bundle', '.'))).to.equal(error);
    }));

  it('has no limit where the same export came to its end before', () =>
    withModules(async (modules) => {
      modules.evaluationTimeoutMs = 30;
      const slow = 'const end = Date.now() + 90; while (Date.now() < end); export const a = 1;';
      const input = modules.input({ 'index.ts': slow });
      const load = async (): Promise<unknown> => (await modules.load(input)).exportOf('@acme/bundle', '.');
      expect((await thrownBy(load)).code).to.equal('STAVE_EVALUATION_TIMEOUT');
      expect([...modules.proven]).to.deep.equal([]);
      modules.evaluationTimeoutMs = 20_000;
      await load();
      expect([...modules.proven]).to.deep.equal(['@acme/bundle']);
      modules.evaluationTimeoutMs = 30;
      expect(await load()).to.include({ a: 1 });
    }));

  it('that is stopped by a limit further out is not taken for complete', () =>
    withModules(async (modules) => {
      const bundle = await modules.load(
        modules.input({ 'index.ts': 'export const a = 1; for (;;); export const b = 2;' }),
      );
      const load = (): unknown => bundle.exportOf('@acme/bundle', '.');
      expect((await thrownBy(() => runWithTimeout(load, 300, 'the start'))).message).to.contain('300 ms');
      expect((await thrownBy(load)).code).to.equal('STAVE_EVALUATION_TIMEOUT');
    }));

  it('under a limit passes values and errors through, also nested', async () => {
    expect(runWithTimeout(() => runWithTimeout(() => 5, 1000, 'inner'), 1000, 'outer')).to.equal(5);
    const error = new Error('thrown');
    const fail = (): never => {
      throw error;
    };
    expect(await thrownBy(() => runWithTimeout(fail, 1000, 'failing'))).to.equal(error);
  });

  it('inside of another is stopped by the limit of the outer, and named', async () => {
    const loop = (): never => {
      for (;;);
    };
    const nested = await thrownBy(() =>
      runWithTimeout(() => runWithTimeout(loop, 1, 'the inner'), 300, 'the outer'),
    );
    expect(nested.message).to.contain('the inner').and.to.contain('300 ms');
    const afterwards = await thrownBy(() =>
      runWithTimeout(
        () => {
          runWithTimeout(() => 1, 1, 'the inner');
          loop();
        },
        300,
        'the outer',
      ),
    );
    expect(afterwards.message).to.contain('the outer');
    expect(runWithTimeout(() => 5, 1000, 'the next')).to.equal(5);
  });

  it('of dropped code is refused', () =>
    withModules(async (modules) => {
      const bundle = await modules.load(modules.input({ 'index.ts': 'export const a = 1;' }));
      bundle.dispose();
      bundle.dispose();
      expect((await thrownBy(() => bundle.exportOf('@acme/bundle', '.'))).code).to.equal(
        'STAVE_BUNDLE_STATE',
      );
    }));
});

describe('Stacks of bundle code', () => {
  const THROWS = {
    'index.ts': 'interface A { x: 1 }\n\nexport { fail } from "./src/fail.ts";',
    'src/fail.ts':
      'enum B { one }\n\n\nexport function fail(): never { throw new RangeError("no " + B.one); }',
  };

  it('show source lines as long as it is loaded', () =>
    withModules(async (modules) => {
      const input = modules.input(THROWS);
      const bundle = await modules.load(input);
      const { fail } = bundle.exportOf('@acme/bundle', '.') as { fail(): never };
      const before = await thrownBy(fail);
      expect(before.stack).to.match(/^RangeError: no 0\n {4}at fail \(/);
      expect(before.stack).to.contain(`${join(input.root, 'src/fail.ts')}:4:39`);
      expect(before.stack).to.contain('loader.test.js');
      bundle.dispose();
      expect((await thrownBy(fail)).stack).to.contain('chunk.js');
    }));

  it('show source lines of libraries', () =>
    withModules(async (modules) => {
      for (const [name, source, line] of [
        ['esm.mjs', '// one\nexport function fail() { throw new Error("x"); }', 2],
        ['cjs.cjs', '// one\n// two\nexports.fail = () => { throw new Error("x"); }', 3],
      ] as const) {
        const input = modules.input(
          { 'package.json': { name: 'lib', version: '1.0.0' }, [name]: source },
          { name: 'lib', isBundle: false, loading: 'files' },
        );
        const { fail } = (await modules.load(input)).exportOf('lib', `./${name}`) as { fail(): never };
        expect((await thrownBy(fail)).stack).to.contain(`${join(input.root, name)}:${line}:`);
      }
    }));

  it('do not read maps of bundles that are not in them, and leave other stacks alone', () =>
    withModules(async (modules) => {
      const input = modules.input(THROWS);
      const compiled = await modules.compile(input);
      const plain = new Error('before');
      const head = plain.stack?.split('\n').slice(0, 2).join('\n');
      const bundle = modules.loader.load(compiled, modules.environment(input));
      const { fail } = bundle.exportOf('@acme/bundle', '.') as { fail(): never };
      rmSync(join(compiled.folder, 'chunk.js.map'));
      const other = new Error('before');
      expect(other.stack?.split('\n')[0]).to.equal(head?.split('\n')[0]);
      expect((await thrownBy(() => readFileSync(5.5))).stack).to.match(
        /^TypeError \[ERR_INVALID_ARG_TYPE\]: /,
      );
      expect(other.stack).to.match(/\n {4}at .*loader\.test\.js:\d+:\d+/);
      expect((await thrownBy(fail)).stack).to.contain('chunk.js');
    }));

  it('go back to how they were when the loader is disposed', () => {
    const before = Error.prepareStackTrace;
    return withModules(async (modules) => {
      await modules.main({ 'index.ts': 'export {};' });
      expect(Error.prepareStackTrace).to.not.equal(before);
      modules.loader.dispose();
      expect(Error.prepareStackTrace).to.equal(before);
    });
  });
});

describe('The code cache', () => {
  const input = (modules: ModuleHarness) =>
    modules.input({ 'index.ts': 'export const f = () => 1 + 1; f();' });
  const cacheFile = (folder: string): string | undefined => {
    const name = readdirSync(folder).find((entry) => entry.startsWith('code-'));
    return name && join(folder, name);
  };

  it('is written when asked for, once, and used by the next load', () =>
    withModules(async (modules) => {
      const bundle = input(modules);
      const compiled = await modules.compile(bundle);
      const load = () => {
        const loaded = modules.loader.load(compiled, modules.environment(bundle));
        return loaded.exportOf('@acme/bundle', '.') as { f(): number };
      };
      load();
      expect(cacheFile(compiled.folder)).to.equal(undefined);
      await modules.loader.flushCodeCache();
      const path = cacheFile(compiled.folder)!;
      const content = readFileSync(path);
      rmSync(path);
      await modules.loader.flushCodeCache();
      expect(cacheFile(compiled.folder)).to.equal(undefined);
      writeFileSync(path, content);
      expect(load().f()).to.equal(2);
      rmSync(path);
      await modules.loader.flushCodeCache();
      expect(cacheFile(compiled.folder), 'accepted, so nothing new to write').to.equal(undefined);
    }));

  it('that is damaged or of another engine is replaced', () =>
    withModules(async (modules) => {
      const bundle = input(modules);
      const compiled = await modules.compile(bundle);
      const load = () => {
        const loaded = modules.loader.load(compiled, modules.environment(bundle));
        return (loaded.exportOf('@acme/bundle', '.') as { f(): number }).f();
      };
      load();
      await modules.loader.flushCodeCache();
      const path = cacheFile(compiled.folder)!;
      const good = readFileSync(path);
      const flipped = Buffer.from(good);
      flipped[good.length - 9]! ^= 255;
      for (const bad of [good.subarray(0, 20), flipped, Buffer.from('nonsense'), Buffer.alloc(0)]) {
        writeFileSync(path, bad);
        expect(load()).to.equal(2);
        await modules.loader.flushCodeCache();
        expect(readFileSync(path).length).to.be.greaterThan(100);
      }
    }));

  it('is not taken from other sources of the same length', () =>
    withModules(async (modules) => {
      const one = modules.input({ 'index.ts': 'export const n = 111;' });
      const two = modules.input({ 'index.ts': 'export const n = 222;' });
      const [a, b] = [await modules.compile(one), await modules.compile(two)];
      modules.loader.load(a, modules.environment(one)).exportOf('@acme/bundle', '.');
      await modules.loader.flushCodeCache();
      const path = cacheFile(a.folder)!;
      writeFileSync(join(b.folder, path.slice(a.folder.length)), readFileSync(path));
      const loaded = modules.loader.load(b, modules.environment(two));
      expect(loaded.exportOf('@acme/bundle', '.')).to.have.property('n', 222);
    }));

  it('covers the files of a library, those loaded later too', () =>
    withModules(async (modules) => {
      const bundle = modules.input(
        {
          'package.json': { name: 'lib', version: '1.0.0' },
          'index.js': 'exports.a = 1;',
          'later.mjs': 'export const b = 2;',
        },
        { name: 'lib', isBundle: false, loading: 'files' },
      );
      const compiled = await modules.compile(bundle);
      const lib = modules.loader.load(compiled, modules.environment(bundle));
      lib.exportOf('lib', '.');
      await modules.loader.flushCodeCache();
      const size = readFileSync(cacheFile(compiled.folder)!).length;
      lib.exportOf('lib', './later.mjs');
      await modules.loader.flushCodeCache();
      expect(readFileSync(cacheFile(compiled.folder)!).length).to.be.greaterThan(size);
    }));
});

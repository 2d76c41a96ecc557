import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { importsOf, thrownBy, withModules } from './module-harness.js';

describe('A bundle compiled to a chunk', () => {
  it('exports several subpaths that share one instance of each file', () =>
    withModules(async (modules) => {
      const input = modules.input({
        'package.json': {
          name: '@acme/log',
          type: 'module',
          exports: { '.': './src/api.ts', './types': './src/types.ts', './package.json': './package.json' },
        },
        'src/api.ts': 'import { state } from "./state.js"; export const bump = () => ++state.n;',
        'src/types.ts': 'import { state } from "./state.js"; export const read = () => state.n;',
        'src/state.ts': 'export const state = { n: 0 };',
      });
      const log = await modules.load(input);
      const api = log.exportOf('@acme/log', '.') as { bump(): number };
      const types = log.exportOf('@acme/log', './types') as { read(): number };
      api.bump();
      expect(types.read()).to.equal(1);
      expect(log.exportOf('@acme/log', '.')).to.equal(api);
      expect(log.exportOf('@acme/log', './package.json')).to.include({ name: '@acme/log' });
      const error = await thrownBy(() => log.exportOf('@acme/log', './src/state.ts'));
      expect(error.code).to.equal('STAVE_MODULE_NOT_EXPORTED');
      expect(error.message).to.contain('@acme/log/types');
    }));

  it('fills patterns of its exports field by the files that there are', () =>
    withModules(async (modules) => {
      const input = modules.input({
        'package.json': {
          name: 'p',
          type: 'module',
          exports: {
            './*.js': './src/*.ts',
            './secret.js': null,
            './deep/*': { default: './src/deep/*.ts' },
          },
        },
        'src/one.ts': 'export const n = 1;',
        'src/one.d.ts': 'export declare const n: number;',
        'src/secret.ts': 'export const n = 2;',
        'src/deep/two.ts': 'export const n = 3;',
      });
      const p = await modules.load(input);
      expect(p.exportOf('p', './one.js')).to.have.property('n', 1);
      expect(p.exportOf('p', './deep/two')).to.have.property('n', 3);
      expect((await thrownBy(() => p.exportOf('p', './secret.js'))).code).to.equal(
        'STAVE_MODULE_NOT_EXPORTED',
      );
    }));

  it('evaluates nothing before it is asked for, and each part on its own', () =>
    withModules(async (modules) => {
      const seen: string[] = [];
      modules.wires.set('seen', () => ({ push: (what: string) => seen.push(what) }));
      const input = modules.input(
        {
          'index.ts': 'import { push } from "seen"; push("api"); export {};',
          'activator.ts': 'import { push } from "seen"; push("activator"); export default { start() {} };',
          'components.ts': 'import { push } from "seen"; push("components"); export class A {}',
        },
        { imports: importsOf('seen'), activator: './activator.ts', components: './components.ts' },
      );
      const bundle = await modules.load(input);
      expect(seen).to.deep.equal([]);
      expect(bundle.activator()).to.have.property('default');
      expect(seen).to.deep.equal(['activator']);
      expect(bundle.components()).to.have.property('A');
      bundle.activator();
      expect(seen).to.deep.equal(['activator', 'components']);
    }));

  it('has neither activator nor components when its manifest names none', () =>
    withModules(async (modules) => {
      const bundle = await modules.load(modules.input({ 'index.ts': 'export const a = 1;' }));
      expect(bundle.activator()).to.equal(undefined);
      expect(bundle.components()).to.equal(undefined);
    }));

  it('re-exports packages found among its dependencies under their own names', () =>
    withModules(async (modules) => {
      const input = modules.input(
        {
          'index.ts': 'import { tick } from "clock"; tick();',
          'node_modules/clock/package.json': {
            name: 'clock',
            version: '2.0.0',
            type: 'module',
            exports: { '.': './c.js', './x': './x.js' },
          },
          'node_modules/clock/c.js': 'export let n = 0; export const tick = () => { n += 1; };',
          'node_modules/clock/x.js': 'export { n } from "./c.js";',
        },
        {
          exports: [
            { name: '@acme/bundle', version: '1.0.0', uses: [] },
            { name: 'clock', version: '2.0.0', uses: [] },
          ],
        },
      );
      const bundle = await modules.load(input);
      bundle.exportOf('@acme/bundle', '.');
      expect(bundle.exportOf('clock', '.')).to.have.property('n', 1);
      expect(bundle.exportOf('clock', './x')).to.have.property('n', 1);
    }));

  it('gives each file its own import.meta, __dirname and __filename, inside the prepared root', () =>
    withModules(async (modules) => {
      const input = modules.input({
        'index.ts':
          'export const url = import.meta.url; export { inner } from "./src/inner.ts"; export { cjs } from "./src/old.cjs"; export const meta = import.meta;',
        'src/inner.ts':
          'export const inner = [import.meta.filename, import.meta.dirname, import.meta.resolve("./old.cjs")];',
        'src/old.cjs': '"use strict";\nexports.cjs = [__filename, __dirname, require.resolve("./inner.ts")];',
      });
      const main = (await modules.load(input)).exportOf('@acme/bundle', '.') as Record<string, unknown>;
      const at = (path: string): string => join(input.root, path);
      expect(main.url).to.equal(pathToFileURL(at('index.ts')).href);
      expect(main.inner).to.deep.equal([
        at('src/inner.ts'),
        at('src'),
        pathToFileURL(at('src/old.cjs')).href,
      ]);
      expect(main.cjs).to.deep.equal([at('src/old.cjs'), at('src'), at('src/inner.ts')]);
      expect(main.meta).to.have.property('url', main.url);
    }));

  it('loads its own files, wired packages and builtins by import()', () =>
    withModules(async (modules) => {
      await modules.provide(
        {
          'package.json': { name: 'wired', type: 'module', exports: './i.ts' },
          'i.ts': 'export default 5; export const n = 6;',
        },
        { name: 'wired' },
      );
      const main = await modules.main<{
        all(): Promise<unknown[]>;
        any(name: string): Promise<Record<string, unknown>>;
      }>(
        {
          'index.ts': `export async function all() {
            const [own, wired, path] = await Promise.all([import('./own.ts'), import('wired'), import('node:path')]);
            return [own.default, own.n, wired.default, wired.n, path.default.sep, path.sep];
          }
          export const any = (name: string) => import(name);`,
          'own.ts': 'export default 1; export const n = 2;',
        },
        { imports: importsOf('wired') },
      );
      expect(await main.all()).to.deep.equal([1, 2, 5, 6, '/', '/']);
      expect((await main.any('wired')).n).to.equal(6);
      expect((await main.any('os')).EOL).to.equal('\n');
      expect((await thrownBy(() => main.any('nothing'))).code).to.equal('MODULE_NOT_FOUND');
      expect((await thrownBy(() => main.any('./own.ts'))).message).to.contain('"loading": "files"');
    }));

  it('inlines JSON, WebAssembly and its private dependencies', () =>
    withModules(async (modules) => {
      const wasm = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);
      const input = modules.input({
        'index.ts':
          'import data, { a } from "./data.json"; import bytes from "./empty.wasm"; import dep from "dep"; export const all = [data.b, a, WebAssembly.validate(bytes as unknown as BufferSource), dep(1)];',
        'data.json': { a: 1, b: 2 },
        'node_modules/dep/package.json': { name: 'dep', version: '1.0.0' },
        'node_modules/dep/index.js': 'const inner = require("inner"); module.exports = (n) => inner.plus(n);',
        'node_modules/inner/package.json': { name: 'inner', version: '1.0.0', main: 'lib' },
        'node_modules/inner/lib/index.js': 'exports.plus = (n) => n + 10;',
      });
      writeFileSync(join(input.root, 'empty.wasm'), wasm);
      const main = (await modules.load(input)).exportOf('@acme/bundle', '.');
      expect(main).to.deep.include({ all: [2, 1, true, 11] });
    }));

  it('runs TypeScript and ES modules in strict mode, and leaves sloppy CommonJS sloppy', () =>
    withModules(async (modules) => {
      const { self } = await modules.main<{ self(): unknown }>({
        'index.ts': 'export function self(this: unknown) { return this; }',
      });
      expect(self()).to.equal(undefined);
      const { leak } = await modules.main<{ leak(): unknown }>({
        'index.ts': 'import { leak } from "./old.cjs"; export { leak };',
        'old.cjs': 'exports.leak = function () { return typeof this; };',
      });
      expect(leak()).to.equal('object');
    }));

  it('forces legacy decorators whatever the tsconfig of its author says', () =>
    withModules(async (modules) => {
      const main = await modules.main<{ seen: unknown[]; A: new () => object }>({
        'tsconfig.json': {
          compilerOptions: { experimentalDecorators: false, useDefineForClassFields: true, target: 'es5' },
        },
        'index.ts': `export const seen: unknown[] = [];
          const mark = (what: string) => (...args: unknown[]) => void seen.push([what, args.length, args[1], args[2]]);
          @mark('class') export class A { @mark('field') service!: string; constructor(@mark('parameter') readonly x = 4) {} y = this.x; }`,
      });
      expect(main.seen).to.deep.equal([
        ['field', 3, 'service', undefined],
        ['parameter', 3, undefined, 0],
        ['class', 1, undefined, undefined],
      ]);
      expect(new main.A()).to.deep.equal({ x: 4, y: 4 });
    }));

  it('keeps the names of classes and functions that the bundler renames', () =>
    withModules(async (modules) => {
      const main = await modules.main<{ names: string[] }>({
        'index.ts':
          'import { Job as Other } from "./other.ts"; class Job {} export const names = [Job.name, Other.name];',
        'other.ts': 'export class Job {}',
      });
      expect(main.names).to.deep.equal(['Job', 'Job']);
    }));

  it('may declare names that the loader or Node give it', () =>
    withModules(async (modules) => {
      const main = await modules.main<{ all: unknown[] }>({
        'index.ts': `import { createRequire } from 'node:module'; import { dirname } from 'node:path'; import { fileURLToPath } from 'node:url';
          import { other } from './other.ts';
          const require = createRequire(import.meta.url); const __dirname = dirname(fileURLToPath(import.meta.url));
          const process = 1, setTimeout = 2, console = 3, exports = 4, module = 5, __toESM = 6, isEsm = 7;
          export const all = [typeof require('node:fs').readFileSync, require('./data.json').n, __dirname.length > 1, process, setTimeout, console, exports, module, __toESM, isEsm, other];`,
        'other.ts':
          'import path from "path"; export const other = [typeof setTimeout, typeof process.pid, path.sep];',
        'data.json': { n: 8 },
      });
      expect(main.all).to.deep.equal(['function', 8, true, 1, 2, 3, 4, 5, 6, 7, ['function', 'number', '/']]);
    }));

  it('follows self-references and #imports', () =>
    withModules(async (modules) => {
      modules.wires.set('wired', () => ({ n: 3 }));
      const main = await modules.main<{ all: unknown[] }>(
        {
          'package.json': {
            name: 'p',
            type: 'module',
            exports: { '.': './index.ts', './a': './a.ts' },
            imports: { '#a': './a.ts', '#w': 'wired', '#fs': 'node:fs' },
          },
          'index.ts':
            'import * as a from "p/a"; import * as b from "#a"; import { n } from "#w"; import { existsSync } from "#fs"; export const all = [a.a === b.a, n, typeof existsSync];',
          'a.ts': 'export const a = {};',
        },
        { imports: importsOf('wired') },
      );
      expect(main.all).to.deep.equal([true, 3, 'function']);
    }));

  it('as a single file takes every bare name as an import, and not the module kind of a folder above', () =>
    withModules(async (modules) => {
      modules.wires.set('@acme/clock', (subpath) => ({ subpath }));
      const input = modules.input({
        'x/hello.js':
          'const c = require("@acme/clock/deep"); module.exports = { c: c.subpath, fs: typeof require("fs").existsSync };',
      });
      const single = {
        ...input,
        root: join(input.root, 'x'),
        manifest: { ...input.manifest, name: 'hello', exports: [], activator: './hello.js' },
      };
      const compiled = await modules.compile(single, { everyBareNameIsImport: true });
      expect(compiled.imports).to.deep.equal([
        { name: '@acme/clock', specifiers: ['@acme/clock/deep'], where: 'hello.js:1', optional: false },
      ]);
      const loaded = modules.loader.load(compiled, modules.environment(single));
      expect(loaded.activator()).to.deep.equal({ c: './deep', fs: 'function' });
    }));

  it('tells what it imports from outside, with the place of the first use', () =>
    withModules(async (modules) => {
      const input = modules.input(
        {
          'index.ts':
            '// "b"\nimport { reference } from "@stave/api";\nimport type { T } from "types-only";\nimport "./more.ts";\nimport { x } from "b/sub"; export const t = [reference, x] as T;',
          'more.ts': 'export const later = () => import("c");\n\nimport { y } from "b"; console.assert(y);',
        },
        {
          imports: [
            { name: 'b', range: '^1', optional: false },
            { name: 'unused', range: '*', optional: false },
            { name: 'c', range: '*', optional: true },
          ],
        },
      );
      const { imports } = await modules.compile(input, { peerRanges: new Map([['types-only', '*']]) });
      expect(imports).to.deep.equal([
        { name: '@stave/api', specifiers: ['@stave/api'], where: 'index.ts:2', optional: false },
        { name: 'b', specifiers: ['b', 'b/sub'], where: 'more.ts:3', optional: false },
        { name: 'c', specifiers: ['c'], where: 'more.ts:1', optional: true },
      ]);
    }));

  it('gives a dependency its own private copy of a name that the bundle imports', () =>
    withModules(async (modules) => {
      modules.wires.set('shared', () => ({ from: 'wire' }));
      const main = await modules.main<{ all: string[] }>(
        {
          'index.ts':
            'import { from } from "shared"; import a from "a"; import b from "b"; export const all = [from, a.from, b.from];',
          'node_modules/shared/package.json': { name: 'shared', version: '1.0.0' },
          'node_modules/shared/index.js': 'exports.from = "copy";',
          'node_modules/a/package.json': { name: 'a', version: '1.0.0', dependencies: { shared: '^1' } },
          'node_modules/a/index.js': 'module.exports = require("shared");',
          'node_modules/b/package.json': { name: 'b', version: '1.0.0', peerDependencies: { shared: '^1' } },
          'node_modules/b/index.js': 'module.exports = require("shared");',
        },
        { imports: importsOf('shared') },
      );
      expect(main.all).to.deep.equal(['wire', 'copy', 'wire']);
    }));

  it('takes system packages from the runtime even when a copy lies among its dependencies', () =>
    withModules(async (modules) => {
      modules.system.set('inversify', { from: 'runtime' });
      const main = await modules.main<{ from: string }>({
        'index.ts': 'export { from } from "inversify";',
        'node_modules/inversify/package.json': { name: 'inversify', version: '1.0.0' },
        'node_modules/inversify/index.js': 'exports.from = "copy";',
      });
      expect(main.from).to.equal('runtime');
    }));

  it('lets a dependency try a package that is not there', () =>
    withModules(async (modules) => {
      const main = await modules.main<{ fast: boolean }>({
        'index.ts': 'export { fast } from "dep";',
        'node_modules/dep/package.json': { name: 'dep', version: '1.0.0' },
        'node_modules/dep/index.js':
          'exports.fast = true; try { require("bufferutil"); } catch (e) { if (e.code !== "MODULE_NOT_FOUND") throw e; exports.fast = false; }',
      });
      expect(main.fast).to.equal(false);
    }));

  it('uses the require condition only where the others give nothing', () =>
    withModules(async (modules) => {
      const main = await modules.main<{ all: string[] }>({
        'index.ts':
          'import { kind as a } from "both"; import { kind as b } from "old"; import { kind as c } from "mine"; export const all = [a, b, c];',
        'node_modules/both/package.json': {
          name: 'both',
          version: '1.0.0',
          exports: { require: './c.cjs', import: './m.mjs' },
        },
        'node_modules/both/c.cjs': 'exports.kind = "cjs";',
        'node_modules/both/m.mjs': 'export const kind = "esm";',
        'node_modules/old/package.json': {
          name: 'old',
          version: '1.0.0',
          exports: { '.': { require: './c.js' } },
        },
        'node_modules/old/c.js': 'exports.kind = "cjs";',
        'node_modules/mine/package.json': {
          name: 'mine',
          version: '1.0.0',
          exports: { stave: './s.mjs', default: './d.mjs' },
        },
        'node_modules/mine/s.mjs': 'export const kind = "stave";',
        'node_modules/mine/d.mjs': 'export const kind = "default";',
      });
      expect(main.all).to.deep.equal(['esm', 'cjs', 'stave']);
    }));
});

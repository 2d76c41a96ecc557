import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Files, importsOf, type ModuleHarness, thrownBy, withModules } from './module-harness.js';

const LIBRARY = { isBundle: false, loading: 'files' } as const;

function library(modules: ModuleHarness, files: Files) {
  return modules.load(
    modules.input(files, { ...LIBRARY, name: (files['package.json'] as { name: string }).name }),
  );
}

describe('A library loaded file by file', () => {
  it('without an exports field gives every file, by the rules of Node', () =>
    withModules(async (modules) => {
      const lib = await library(modules, {
        'package.json': { name: 'lib', version: '1.0.0', main: './lib' },
        'lib/index.js': 'exports.state = require("../shared"); exports.self = module.exports === exports;',
        'lib/deep/index.js': 'module.exports = require("../../shared.js");',
        'shared.js': 'exports.n = 0;',
        'data.json': { a: 1 },
      });
      const main = lib.exportOf('lib', '.') as { state: { n: number }; self: boolean };
      expect(main.self).to.equal(true);
      for (const subpath of ['./shared', './shared.js', './lib/deep', './lib/deep/index.js']) {
        expect(lib.exportOf('lib', subpath), subpath).to.equal(main.state);
      }
      expect(lib.exportOf('lib', './data.json')).to.deep.equal({ a: 1 });
      expect(lib.exportOf('lib', './package.json')).to.include({ version: '1.0.0' });
      expect((await thrownBy(() => lib.exportOf('lib', './gone'))).code).to.equal(
        'STAVE_MODULE_NOT_EXPORTED',
      );
      expect((await thrownBy(() => lib.exportOf('lib', './../other/x'))).code).to.equal(
        'STAVE_MODULE_NOT_EXPORTED',
      );
    }));

  it('with an exports field gives what it says, by one set of conditions for all', () =>
    withModules(async (modules) => {
      const lib = await library(modules, {
        'package.json': {
          name: 'lib',
          version: '1.0.0',
          exports: {
            '.': { require: './c.cjs', import: './m.mjs' },
            './old': { require: './c.cjs' },
            './parts/*': './parts/*.js',
            './parts/private': null,
          },
        },
        'c.cjs': 'exports.kind = "cjs";',
        'm.mjs': 'export const kind = "esm";',
        'parts/a.js': 'exports.a = 1;',
        'parts/private.js': '',
      });
      expect(lib.exportOf('lib', '.')).to.have.property('kind', 'esm');
      expect(lib.exportOf('lib', './old')).to.have.property('kind', 'cjs');
      expect(lib.exportOf('lib', './parts/a')).to.have.property('a', 1);
      for (const subpath of ['./parts/private', './m.mjs', './parts/b']) {
        expect((await thrownBy(() => lib.exportOf('lib', subpath))).code).to.equal(
          'STAVE_MODULE_NOT_EXPORTED',
        );
      }
    }));

  it('keeps its dependencies private, each importer getting the conditions of its kind', () =>
    withModules(async (modules) => {
      const lib = await library(modules, {
        'package.json': { name: 'lib', version: '1.0.0', type: 'module', exports: './i.js' },
        'i.js':
          'import { kind } from "dual"; import old from "./old.cjs"; import { v } from "nested"; export const all = [kind, old, v];',
        'old.cjs': 'module.exports = require("dual").kind;',
        'node_modules/dual/package.json': {
          name: 'dual',
          exports: { import: './m.mjs', require: './c.cjs' },
        },
        'node_modules/dual/m.mjs': 'export const kind = "esm";',
        'node_modules/dual/c.cjs': 'exports.kind = "cjs";',
        'node_modules/nested/package.json': { name: 'nested' },
        'node_modules/nested/index.js': 'exports.v = require("inner");',
        'node_modules/nested/node_modules/inner/index.json': '3',
        'node_modules/inner/index.json': '4',
      });
      expect(lib.exportOf('lib', '.')).to.deep.include({ all: ['esm', 'cjs', 3] });
    }));

  it('mixes ES modules, CommonJS, JSON and TypeScript, with import.meta and import() in each', () =>
    withModules(async (modules) => {
      const input = modules.input(
        {
          'package.json': {
            name: 'lib',
            version: '1.0.0',
            type: 'module',
            exports: './i.ts',
            imports: { '#x': './x.mts' },
          },
          'i.ts': `#!/usr/bin/env node
            import cjs, { named } from './c.cjs'; import data from './d.json'; import { x } from '#x';
            const __dirname = import.meta.dirname;
            export const all = [cjs.named === named, data.d, x, __dirname, import.meta.filename];
            export const later = () => import('./x.mjs'); export const ofCjs = () => cjs.later();`,
          'x.mts': 'export const x: number = 1; export default 2;',
          'c.cjs':
            '#!/usr/bin/env node\nexports.named = {}; exports.later = () => import("./x.mjs"); exports.file = __filename;',
          'd.json': { d: 5 },
        },
        { name: 'lib', isBundle: true, loading: 'files' },
      );
      const lib = (await modules.load(input)).exportOf('lib', '.') as {
        all: unknown[];
        later(): Promise<{ default: number }>;
        ofCjs(): Promise<{ default: number }>;
      };
      expect(lib.all).to.deep.equal([true, 5, 1, input.root, join(input.root, 'i.ts')]);
      expect((await lib.later()).default).to.equal(2);
      expect((await lib.ofCjs()).default).to.equal(2);
    }));

  it('has circles that behave as in Node', () =>
    withModules(async (modules) => {
      const files = {
        'package.json': { name: 'lib', version: '1.0.0' },
        'index.js': 'exports.early = 1; exports.b = require("./b"); exports.late = 2;',
        'b.js': 'const a = require("./index"); exports.seen = Object.keys(a); exports.after = () => a.late;',
      };
      const ours = (await library(modules, files)).exportOf('lib', '.') as {
        b: { seen: string[]; after(): number };
      };
      const input = modules.input(files, LIBRARY);
      const nodes = createRequire(import.meta.url)(join(input.root, 'index.js')) as typeof ours;
      expect(ours.b.seen).to.deep.equal(nodes.b.seen).and.to.deep.equal(['early']);
      expect(ours.b.after()).to.equal(2);
    }));

  it('evaluates a file again after it has thrown, as Node does', () =>
    withModules(async (modules) => {
      const lib = await library(modules, {
        'package.json': { name: 'lib', version: '1.0.0' },
        'index.js':
          'let n = 0; exports.tries = []; for (let i = 0; i < 2; i++) try { require("./bad"); } catch (e) { exports.tries.push(e.message); }',
        'bad.js': 'throw new Error("bad " + (globalThis.count = (globalThis.count ?? 0) + 1));',
      });
      expect(lib.exportOf('lib', '.')).to.deep.include({ tries: ['bad 1', 'bad 2'] });
      Reflect.deleteProperty(globalThis, 'count');
    }));

  it('can compute the names of its files, resolve them, and look for what is not there', () =>
    withModules(async (modules) => {
      const input = modules.input(
        {
          'package.json': { name: 'lib', version: '1.0.0' },
          'index.js': `const name = ['./part', 's/', 'a'].join('');
            exports.a = require(name).a; exports.where = require.resolve(name); exports.fs = require.resolve('fs');
            try { require('./nothing'); } catch (error) { exports.code = error.code; }
            exports.text = require('fs').readFileSync(require('path').join(__dirname, 'asset.txt'), 'utf8');`,
          'parts/a.js': 'exports.a = 1;',
          'asset.txt': 'asset',
        },
        { ...LIBRARY, name: 'lib' },
      );
      const lib = await modules.load(input);
      expect(lib.exportOf('lib', '.')).to.deep.equal({
        a: 1,
        where: join(input.root, 'parts/a.js'),
        fs: 'fs',
        code: 'MODULE_NOT_FOUND',
        text: 'asset',
      });
    }));

  it('imports wired packages and system packages, and says which', () =>
    withModules(async (modules) => {
      modules.wires.set('peer', (subpath) => ({ subpath }));
      modules.system.set('reflect-metadata', { system: true });
      const input = modules.input(
        {
          'package.json': { name: 'lib', version: '1.0.0', peerDependencies: { peer: '*' } },
          'index.js':
            '\nexports.peer = require("peer/x"); exports.system = require("reflect-metadata").system;',
        },
        { ...LIBRARY, name: 'lib' },
      );
      const compiled = await modules.compile(input, { peerRanges: new Map([['peer', { optional: true }]]) });
      expect(compiled.imports).to.deep.equal([
        { name: 'peer', specifiers: ['peer/x'], where: 'index.js:2', optional: true },
        { name: 'reflect-metadata', specifiers: ['reflect-metadata'], where: 'index.js:2', optional: false },
      ]);
      const lib = modules.loader.load(compiled, modules.environment(input));
      expect(lib.exportOf('lib', '.')).to.deep.equal({ peer: { subpath: './x' }, system: true });
    }));

  it('only fails for a file with a mistake when that file is loaded', () =>
    withModules(async (modules) => {
      const lib = await library(modules, {
        'package.json': { name: 'lib', version: '1.0.0', type: 'module' },
        'index.js': 'export const ok = true;',
        'broken.js': 'export const = 1;',
        'waits.js': '\nexport const a = await 1;',
        'also.js': 'export const also = 1;',
      });
      expect(lib.exportOf('lib', '.')).to.have.property('ok', true);
      expect(lib.exportOf('lib', './also.js')).to.have.property('also', 1);
      const broken = await thrownBy(() => lib.exportOf('lib', './broken.js'));
      expect([broken.code, broken.message]).to.satisfy(
        ([code, text]: string[]) => code === 'STAVE_COMPILE_FAILED' && text?.includes('broken.js:1:14'),
      );
      const waits = await thrownBy(() => lib.exportOf('lib', './waits.js'));
      expect(waits.code).to.equal('STAVE_TOP_LEVEL_AWAIT');
      expect(waits.message).to.contain('waits.js:2:18');
    }));

  it('as a bundle fails at once for a mistake in a file of its own', () =>
    withModules(async (modules) => {
      const input = modules.input(
        { 'index.ts': 'export const a = 1;', 'other.ts': 'let = = 1;' },
        { loading: 'files' },
      );
      expect((await thrownBy(() => modules.compile(input))).message).to.contain('other.ts:1:7');
    }));

  for (const [name, check] of [
    ['semver', (m: { satisfies(v: string, r: string): boolean }) => m.satisfies('1.2.3', '^1.0.0')],
    ['chai', (m: { expect(v: number): { to: { equal(v: number): unknown } } }) => !!m.expect(1).to.equal(1)],
    ['tar', (m: { create: unknown }) => typeof m.create === 'function'],
    ['ajv', (m: { default: unknown }) => typeof m.default === 'function'],
    ['yauzl', (m: { open: unknown }) => typeof m.open === 'function'],
    ['mocha', (m: { default: unknown }) => typeof m.default === 'function'],
  ] as const) {
    it(`runs ${name} as npm installed it`, () =>
      withModules(async (modules) => {
        const node = createRequire(createRequire(import.meta.url).resolve(name));
        const main = node.resolve(name);
        const root = main.slice(0, main.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length);
        const { dependencies = {} } = node(`${root}/package.json`) as {
          dependencies?: Record<string, string>;
        };
        // npm put its dependencies beside it, out of its root, so they come over wires.
        const names = Object.keys(dependencies);
        for (const wire of names) modules.wires.set(wire, (subpath) => node(wire + subpath.slice(1)));
        const input = modules.input({}, { ...LIBRARY, name, imports: importsOf(...names) });
        const lib = await modules.load({ ...input, root, digest: `installed ${name}` });
        expect((check as (m: unknown) => boolean)(lib.exportOf(name, '.'))).to.equal(true);
      }));
  }

  it('has Node load native addons from their place in the prepared root', () =>
    withModules(async (modules) => {
      for (const loading of ['files', 'chunk'] as const) {
        const input = modules.input(
          {
            'package.json': { name: 'lib', version: '1.0.0', exports: './i.js' },
            'i.js': 'exports.addon = require("./build/addon.node");',
            'build/addon.node': 'no shared object',
          },
          { name: 'lib', loading },
        );
        const lib = await modules.load(input);
        const error = await thrownBy(() => lib.exportOf('lib', '.'));
        expect(error.message).to.contain(join(input.root, 'build/addon.node'));
      }
    }));
});

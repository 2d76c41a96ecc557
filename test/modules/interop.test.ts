import { expect } from 'chai';
import { rewriteHelpers } from 'stave/modules/helper-rewrite.js';
import { importsOf, type ModuleHarness, thrownBy, withModules } from './module-harness.js';

const USER = `import def, { named } from 'wired'; import * as ns from 'wired';
  export const all = () => [def, named, ns.default, ns.named];
  export const later = async () => (await import('wired')).default;`;

/** A bundle whose ES modules are seen by esbuild as modules of Node, or as TypeScript of a CommonJS package. */
function user(modules: ModuleHarness, type: 'module' | 'commonjs') {
  return modules.main<{ all(): unknown[]; later(): Promise<unknown> }>(
    { 'package.json': { name: 'user', type, exports: './index.ts' }, 'index.ts': USER },
    { imports: importsOf('wired') },
  );
}

const ESM_BUNDLE = {
  'package.json': { name: 'wired', type: 'module', exports: './w.ts' },
  'w.ts':
    'export default function hello() { return "hello"; } export let named = 0; export const bump = () => { named += 1; };',
};
const library = (files: Record<string, string | object>) =>
  [files, { name: 'wired', isBundle: false, loading: 'files' } as const] as const;
const ESM_LIBRARY = library({
  'package.json': { name: 'wired', version: '1.0.0', type: 'module', exports: './w.js' },
  'w.js': ESM_BUNDLE['w.ts'],
});
const CJS_LIBRARY = library({
  'package.json': { name: 'wired', version: '1.0.0' },
  'index.js':
    'module.exports = function hello() { return "hello"; }; module.exports.named = 0; module.exports.bump = () => { module.exports.named += 1; };',
});
const BABEL_LIBRARY = library({
  'package.json': { name: 'wired', version: '1.0.0' },
  'index.js':
    'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = 1; exports.named = 2;',
});

describe('Imports across bundles', () => {
  for (const type of ['module', 'commonjs'] as const) {
    for (const [what, files, more] of [
      ['a bundle', ESM_BUNDLE, { name: 'wired' }],
      ['a library of ES modules', ...ESM_LIBRARY],
    ] as const) {
      it(`give the real default of ${what}, and live bindings, to TypeScript of type ${type}`, () =>
        withModules(async (modules) => {
          const wired = (await modules.provide(files, more)).exportOf('wired', '.') as {
            default(): string;
            bump(): void;
          };
          const { all, later } = await user(modules, type);
          expect(all()).to.deep.equal([wired.default, 0, wired.default, 0]);
          wired.bump();
          expect(all()).to.deep.equal([wired.default, 1, wired.default, 1]);
          expect(await later()).to.equal(wired.default);
        }));
    }

    it(`give module.exports of a CommonJS library as default to TypeScript of type ${type}`, () =>
      withModules(async (modules) => {
        const wired = (await modules.provide(...CJS_LIBRARY)).exportOf('wired', '.') as { bump(): void };
        const { all, later } = await user(modules, type);
        expect(all()).to.deep.equal([wired, 0, wired, 0]);
        wired.bump();
        expect(all()).to.deep.equal([wired, 1, wired, 1]);
        expect(await later()).to.equal(wired);
      }));
  }

  it('give module.exports of transpiled CommonJS as default to an ES module, as Node does', () =>
    withModules(async (modules) => {
      const wired = (await modules.provide(...BABEL_LIBRARY)).exportOf('wired', '.');
      expect((await user(modules, 'module')).all()).to.deep.equal([wired, 2, wired, 2]);
    }));

  it('give the default of transpiled CommonJS to TypeScript of a CommonJS package, as its compiler does', () =>
    withModules(async (modules) => {
      await modules.provide(...BABEL_LIBRARY);
      expect((await user(modules, 'commonjs')).all()).to.deep.equal([1, 2, 1, 2]);
    }));

  it('are the same object for every importer, required or imported', () =>
    withModules(async (modules) => {
      const provider = await modules.provide(ESM_BUNDLE, { name: 'wired' });
      const main = await modules.main<{ same: boolean }>(
        {
          'index.ts':
            'import * as a from "wired"; import b from "./b.cjs"; export const same = a === b.wired; export { a };',
          'b.cjs': 'exports.wired = require("wired");',
        },
        { imports: importsOf('wired') },
      );
      expect(main.same).to.equal(true);
      expect((main as { a?: unknown }).a).to.equal(provider.exportOf('wired', '.'));
    }));

  it('pass re-exports on, with live bindings', () =>
    withModules(async (modules) => {
      const wired = (await modules.provide(ESM_BUNDLE, { name: 'wired' })).exportOf('wired', '.') as {
        bump(): void;
      };
      const main = await modules.main<Record<string, unknown>>(
        {
          'index.ts':
            'export * from "wired"; export { default as hello, named as n } from "wired"; export * as all from "wired";',
        },
        { imports: importsOf('wired') },
      );
      wired.bump();
      expect(Object.keys(main).sort()).to.deep.equal(['all', 'bump', 'hello', 'n', 'named']);
      expect([main.named, main.n]).to.deep.equal([1, 1]);
      expect(main.all).to.equal(wired);
    }));

  it('in a circle of bundles see what there is so far, and all of it later', () =>
    withModules(async (modules) => {
      const bundle = (name: string, other: string) =>
        modules.provide(
          {
            'package.json': { name, type: 'module', exports: './i.ts' },
            'i.ts': `import { name as other } from '${other}'; export function name() { return '${name}'; } export const early = other(); export const late = () => other();`,
          },
          { name, imports: importsOf(other) },
        );
      const a = await bundle('a', 'b');
      await bundle('b', 'a');
      const exports = a.exportOf('a', '.') as { early: string; late(): string };
      expect([exports.early, exports.late()]).to.deep.equal(['b', 'b']);
    }));

  it('of the system packages are live and have their own default', () =>
    withModules(async (modules) => {
      modules.system.set('inversify', await import('inversify'));
      const main = await modules.main<{ ok: boolean }>({
        'index.ts':
          'import * as all from "inversify"; import { Container } from "inversify"; export const ok = all.Container === Container && !("default" in all);',
      });
      expect(main.ok).to.equal(true);
    }));
});

describe("The rewrite of esbuild's helpers", () => {
  it('inserts into the lines of the pinned version, and moves none', () => {
    const before = [
      'var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(',
      '  mod',
      '));',
      'var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);',
    ].join('\n');
    expect(rewriteHelpers(before).split('\n')).to.deep.equal([
      'var __toESM = (mod, isNodeMode, target) => __stave_loader__.isEsm(mod) ? mod : (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(',
      '  mod',
      '));',
      'var __toCommonJS = (mod) => __copyProps(__stave_loader__.esm(mod), mod);',
    ]);
  });

  it('refuses helpers that it does not know', async () => {
    const error = await thrownBy(() => rewriteHelpers('var __toESM = (mod, somethingNew) => (mod);'));
    expect(error.code).to.equal('STAVE_INTERNAL');
  });

  it('finds the helpers in what the installed esbuild writes', () =>
    withModules(async (modules) => {
      const { readFileSync } = await import('node:fs');
      const compiled = await modules.compile(
        modules.input(
          { 'index.ts': 'import d from "wired"; export * from "wired"; export default d;' },
          { imports: importsOf('wired') },
        ),
      );
      const code = readFileSync(`${compiled.folder}/chunk.js`, 'utf8');
      expect(code).to.contain('=> __stave_loader__.isEsm(mod) ? mod : (');
      expect(code).to.contain('__copyProps(__stave_loader__.esm(mod), mod)');
      expect(code).to.match(/^\(function \(.*\) \{\s*"use strict";/);
    }));
});

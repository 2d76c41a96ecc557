import type { Manifest } from '@stave/api';
import { expect } from 'chai';
import type { CompileOptions } from 'stave/modules/compiled-module.js';
import { type Files, importsOf, thrownBy, withModules } from './module-harness.js';

interface Case {
  readonly what: string;
  readonly files: Files;
  readonly more?: Partial<Manifest>;
  readonly options?: CompileOptions;
  readonly code: string;
  readonly says: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: 'a syntax error by file, line and column',
    files: { 'index.ts': 'import "./src/a.ts";', 'src/a.ts': 'export const a = 1;\nexport const b = ;' },
    code: 'STAVE_COMPILE_FAILED',
    says: ['@acme/bundle', 'src/a.ts:2:18', 'Unexpected ";"'],
  },
  {
    what: 'the number of further errors',
    files: { 'index.ts': 'import "./a.ts"; import "./b.ts";', 'a.ts': 'let = = 1;', 'b.ts': 'let = = 2;' },
    code: 'STAVE_COMPILE_FAILED',
    says: ['and 1 more'],
  },
  {
    what: 'an export that is not there',
    files: {
      'index.ts': '\nimport { nope } from "./a.ts"; console.log(nope);',
      'a.ts': 'export const a = 1;',
    },
    code: 'STAVE_COMPILE_FAILED',
    says: ['index.ts:2:10', 'nope'],
  },
  {
    what: 'top-level await',
    files: { 'index.ts': 'export * from "./deep.ts";', 'deep.ts': 'export const a = 1;\n  await a;' },
    code: 'STAVE_TOP_LEVEL_AWAIT',
    says: ['deep.ts:2:3', 'start(context)'],
  },
  {
    what: 'an undeclared import, with the line to add',
    files: { 'index.ts': '\nimport { x } from "left-pad/deep"; console.log(x);' },
    code: 'STAVE_IMPORT_UNDECLARED',
    says: ['index.ts:2:19', 'left-pad', '"left-pad": "*"', '"stave": { "imports"'],
  },
  {
    what: 'a package that is a bundle itself, with the line to add',
    files: {
      'index.ts': 'import { x } from "clock"; console.log(x);',
      'node_modules/clock/package.json': { name: 'clock', version: '2.1.0', stave: {} },
      'node_modules/clock/index.js': 'exports.x = 1;',
    },
    code: 'STAVE_IMPORT_UNDECLARED',
    says: ['index.ts:1:19', 'never copied', '"clock": "^2.1.0"'],
  },
  {
    what: 'a builtin that Node does not have',
    files: { 'index.ts': 'import x from "node:nothing"; console.log(x);' },
    code: 'STAVE_IMPORT_UNDECLARED',
    says: ['index.ts:1:15', 'node:nothing'],
  },
  {
    what: 'a dependency of a dependency that is missing',
    files: {
      'index.ts': 'import "dep";',
      'node_modules/dep/package.json': { name: 'dep', version: '1.0.0', type: 'module', exports: './i.js' },
      'node_modules/dep/i.js': 'import "gone";',
    },
    code: 'STAVE_IMPORT_UNDECLARED',
    says: ['node_modules/dep/i.js:1:8', 'gone'],
  },
  {
    what: 'a file that is not there',
    files: { 'index.ts': 'import "./gone.ts";' },
    code: 'STAVE_MODULE_NOT_FOUND',
    says: ['index.ts:1:8', './gone.ts'],
  },
  {
    what: 'a subpath that a dependency does not export',
    files: {
      'index.ts': 'import "dep/private";',
      'node_modules/dep/package.json': { name: 'dep', version: '1.0.0', exports: { '.': './i.js' } },
      'node_modules/dep/i.js': '',
      'node_modules/dep/private.js': '',
    },
    code: 'STAVE_MODULE_NOT_FOUND',
    says: ['index.ts:1:8', 'dep/private'],
  },
  {
    what: 'a path that leads out of the bundle',
    files: { 'index.ts': 'import "../outside.ts";', '../outside.ts': 'export {};' },
    code: 'STAVE_MODULE_NOT_FOUND',
    says: ['index.ts', '../outside.ts', 'outside the bundle'],
  },
  {
    what: 'an activator that is not there',
    files: { 'index.ts': '' },
    more: { activator: './start.ts' },
    code: 'STAVE_MODULE_NOT_FOUND',
    says: ['"activator": "./start.ts"'],
  },
  {
    what: 'an export whose file is not there',
    files: { 'package.json': { name: 'p', exports: { './a': './a.ts' } } },
    code: 'STAVE_MODULE_NOT_FOUND',
    says: ['"./a": "./a.ts"'],
  },
  {
    what: 'a re-exported package that is no dependency',
    files: { 'index.ts': '' },
    more: { exports: [{ name: 'clock', version: '1.0.0', uses: [] }] },
    code: 'STAVE_IMPORT_UNDECLARED',
    says: ['clock', '"dependencies"'],
  },
];

describe('The compiler reports', () => {
  for (const { what, files, more, options, code, says } of cases) {
    it(what, () =>
      withModules(async (modules) => {
        const error = await thrownBy(() => modules.compile(modules.input(files, more), options));
        expect(error.code, error.message).to.equal(code);
        for (const words of says) expect(error.message).to.contain(words);
      }),
    );
  }

  it('nothing for a declared name that lies in a folder above the bundle only', () =>
    withModules(async (modules) => {
      const input = modules.input(
        {
          'index.ts': 'export { default } from "above";',
          '../../node_modules/above/index.js': 'module.exports = "wrong";',
        },
        { imports: importsOf('above') },
      );
      modules.wires.set('above', () => ({ __esModule: true, default: 'wire' }));
      const compiled = await modules.compile(input);
      expect(compiled.imports.map(({ name }) => name)).to.deep.equal(['above']);
    }));
});

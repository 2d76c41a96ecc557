import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { REQUIRE_CONDITIONS, resolveTarget } from 'stave/modules/package-exports.js';
import { PackageTree } from 'stave/modules/package-tree.js';
import { withTemporaryFolder } from '../support/temporary.js';
import { writeFiles } from './module-harness.js';

const FILES = ['a.js', 'lib/a.js', 'lib/b.js', 'lib/deep/a.js', 'lib/deep/b.cjs'];
const SUBPATHS = [
  '.',
  './a',
  './lib/a',
  './lib/a.js',
  './lib/b.js',
  './lib/deep/a',
  './lib/deep/a.js',
  './x/deep/b',
];

const target: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  target: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...FILES.map((file) => `./${file}`), './lib/*.js', './lib/*', './*.js', './*', null),
    fc.dictionary(fc.constantFrom('node', 'require', 'import', 'default', 'other'), tie('target'), {
      maxKeys: 3,
    }),
  ),
})).target;
const field = fc.oneof(
  target.filter((value) => value !== null),
  fc.dictionary(
    fc.constantFrom('.', './a', './lib/a', './lib/*', './lib/*.js', './lib/deep/*', './*', './x/*'),
    target,
    { minKeys: 1, maxKeys: 5 },
  ),
);

describe('The exports field of a package', () => {
  it('leads where Node leads', () =>
    withTemporaryFolder((folder) => {
      let n = 0;
      fc.assert(
        fc.property(field, fc.constantFrom(...SUBPATHS), (exports, subpath) => {
          n += 1;
          const name = `p${n}`;
          const root = join(folder, 'node_modules', name);
          writeFiles(root, {
            'package.json': { name, exports },
            ...Object.fromEntries(FILES.map((file) => [file, ''])),
          });
          const ours = resolveTarget(exports, subpath, REQUIRE_CONDITIONS);
          const file = ours?.startsWith('./') && FILES.includes(ours.slice(2)) ? join(root, ours) : undefined;
          let nodes: string | undefined;
          try {
            nodes = createRequire(join(folder, 'x.js')).resolve(name + subpath.slice(1));
          } catch {
            nodes = undefined;
          }
          expect(file).to.equal(nodes);
        }),
        { numRuns: 80 },
      );
    }));
});

describe('A package without an exports field', () => {
  it('has the files that Node finds', () =>
    withTemporaryFolder((folder) => {
      writeFiles(folder, {
        'package.json': { name: 'p', main: './lib' },
        'lib/index.js': '',
        'lib/x.json': {},
        'lib/x.js': '',
        'sub/index.json': {},
        'both.js': '',
        'both/index.js': '',
        'node_modules/q/package.json': { name: 'q', main: 'q' },
        'node_modules/q/q.js': '',
      });
      const tree = new PackageTree(folder);
      const node = createRequire(join(folder, 'any.js'));
      for (const path of [
        '.',
        './lib',
        './lib/x',
        './lib/x.json',
        './sub',
        './both',
        './both/',
        './lib/gone',
      ]) {
        let expected: string | undefined;
        try {
          expected = node.resolve(path);
        } catch {
          expected = undefined;
        }
        // Without the slash a file comes before a folder of the same name; join drops it.
        if (path !== './both/') expect(tree.file(join(folder, path)), path).to.equal(expected);
      }
      expect(tree.subpath(tree.find('q', join(folder, 'lib'))!, '.')).to.equal(node.resolve('q'));
    }));

  it('never leads out of the root', () =>
    withTemporaryFolder((folder) => {
      writeFiles(folder, {
        'above.js': '',
        'root/package.json': { main: '../above.js' },
        'node_modules/q/index.js': '',
      });
      const tree = new PackageTree(join(folder, 'root'));
      expect(tree.file(join(folder, 'above.js'))).to.equal(undefined);
      expect(tree.file(join(folder, 'root'))).to.equal(undefined);
      expect(tree.subpath(tree.root, './../above.js')).to.equal(undefined);
      expect(tree.find('q', tree.root)).to.equal(undefined);
    }));
});

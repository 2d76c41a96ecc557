import { StaveError } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseManifest } from 'stave/manifest/parse-manifest.js';

function refusalOf(packageJson: unknown): StaveError {
  try {
    parseManifest(packageJson, 'greeter/package.json');
  } catch (error) {
    if (error instanceof StaveError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const bundle = (stave: unknown): object => ({ name: '@acme/greeter', version: '1.2.0', stave });

describe('manifest/parseManifest', () => {
  it('refuses an isolation that it could not give, rather than pass it over', () => {
    expect(() =>
      parseManifest({ name: 'a', version: '1.0.0', stave: { isolation: 'worker' } }, 'a/package.json'),
    )
      .to.throw('stave.isolation')
      .with.property('code', 'STAVE_MANIFEST_INVALID');
  });

  it('reads a whole manifest', () => {
    const manifest = parseManifest(
      {
        name: '@acme/greeter',
        version: '1.2.0',
        description: 'Says hello',
        type: 'module',
        exports: './src/api.ts',
        dependencies: { dayjs: '^1.11.0' },
        peerDependencies: { '@acme/extras': '^1' },
        engines: { stave: '0.3.0' },
        stave: {
          activator: './src/activator.ts',
          components: './src/components.ts',
          imports: { '@acme/log': '^2', '@acme/extras': { range: '^1', optional: true } },
          exports: ['@acme/clock-api', { name: '@acme/types', uses: ['@acme/log'] }],
          provides: [{ namespace: 'acme.codec', attributes: { type: 'json' } }],
          requires: [{ namespace: 'acme.codec', filter: '(type=json)' }],
          config: { 'acme.greeter': './schema/greeter.json' },
          startLevel: 80,
        },
      },
      'greeter/package.json',
      { versionOf: (name) => (name === '@acme/types' ? '3.0.0' : '2.1.0') },
    );
    expect(manifest).to.deep.equal({
      name: '@acme/greeter',
      version: '1.2.0',
      description: 'Says hello',
      isBundle: true,
      activator: './src/activator.ts',
      components: './src/components.ts',
      imports: [
        { name: '@acme/log', range: '^2', optional: false },
        { name: '@acme/extras', range: '^1', optional: true },
      ],
      exports: [
        { name: '@acme/greeter', version: '1.2.0', uses: ['@acme/extras'] },
        { name: '@acme/clock-api', version: '2.1.0', uses: ['@acme/extras'] },
        { name: '@acme/types', version: '3.0.0', uses: ['@acme/log'] },
      ],
      provides: [{ namespace: 'acme.codec', attributes: { type: 'json' } }],
      requires: [{ namespace: 'acme.codec', filter: '(type=json)', optional: false, effective: 'resolve' }],
      config: { 'acme.greeter': './schema/greeter.json' },
      startLevel: 80,
      singleton: true,
      isolation: 'none',
      engine: '^0.3.0',
      loading: 'chunk',
    });
  });

  it('takes a package without the key stave as a library that exports itself', () => {
    const manifest = parseManifest({ name: 'lodash', version: '4.17.21', main: 'lodash.js' }, 'lodash');
    expect(manifest).to.include({ isBundle: false, loading: 'files', singleton: false });
    expect(manifest.exports).to.deep.equal([{ name: 'lodash', version: '4.17.21', uses: [] }]);
  });

  it('exports a bundle only where its package.json has exports', () => {
    expect(parseManifest(bundle({}), 'x').exports).to.deep.equal([]);
    expect(parseManifest({ ...bundle({}), exports: null }, 'x').exports).to.deep.equal([]);
  });

  it('takes a pure exporter for no singleton, unless it says so', () => {
    expect(parseManifest(bundle({}), 'x').singleton).to.equal(false);
    expect(parseManifest(bundle({ singleton: true }), 'x').singleton).to.equal(true);
    expect(parseManifest(bundle({ components: './c.ts', singleton: false }), 'x').singleton).to.equal(false);
  });

  it('leaves re-exports out while the dependencies are not known', () => {
    expect(parseManifest(bundle({ exports: ['@acme/clock-api'] }), 'x').exports).to.deep.equal([]);
  });

  it('refuses a re-export that is not among the dependencies', () => {
    const parse = (): unknown =>
      parseManifest(bundle({ exports: ['a', '@acme/clock-api'] }), 'greeter', {
        versionOf: (name) => (name === 'a' ? '1.0.0' : undefined),
      });
    expect(parse).to.throw(
      StaveError,
      'greeter: stave.exports[1] names @acme/clock-api, which is not among the dependencies',
    );
  });

  const refused: readonly (readonly [unknown, string])[] = [
    [null, 'the content must be an object, not null'],
    [[], 'the content must be an object, not []'],
    [{ name: 'a' }, 'version is missing; add it: a version, such as "1.2.0"'],
    [{ name: 'A b', version: '1.0.0' }, 'name must be the name of a package, such as "@acme/log", not "A b"'],
    [{ name: '../a', version: '1.0.0' }, 'name must be the name of a package'],
    [{ name: 'a', version: '1.0' }, 'version must be a version, such as "1.2.0", not "1.0"'],
    [bundle(true), 'stave must be an object, not true'],
    [bundle({ activater: './a.ts' }), 'stave.activater is not known; did you mean "activator"?'],
    [bundle({ colour: 'red' }), 'stave.colour is not known; the keys here are activator, components,'],
    [
      bundle({ activator: '../a.ts' }),
      'stave.activator must be a path inside the bundle, such as "./src/activator.ts", not "../a.ts"',
    ],
    [bundle({ activator: '/a.ts' }), 'stave.activator must be a path inside the bundle'],
    [
      bundle({ imports: { '@acme/log': 2 } }),
      'stave.imports["@acme/log"] must be a range such as "^1", or { "range": "^1", "optional": true }, not 2',
    ],
    [
      bundle({ imports: { '@acme/log': { range: 2 } } }),
      'stave.imports["@acme/log"].range must be a version range, such as "^1.2.0" or "[1.0,2.0)", not 2',
    ],
    [
      bundle({ imports: { '@acme/log': { opional: true } } }),
      'stave.imports["@acme/log"].opional is not known; did you mean "optional"?',
    ],
    [
      bundle({ imports: { '@acme/log/sub': '^1' } }),
      'each key of stave.imports must be the name of a package, such as "@acme/log", not "@acme/log/sub"',
    ],
    [bundle({ imports: { a: 'newest' } }), 'stave.imports["a"]: "newest" is no version range'],
    [bundle({ exports: 'a' }), 'stave.exports must be a list of packages, such as [ "@acme/log" ], not "a"'],
    [bundle({ exports: [{ uses: [] }] }), 'stave.exports[0].name is missing'],
    [
      bundle({ provides: [{ namespace: 'stave.package' }] }),
      'stave.provides[0].namespace must be a name, such as "acme.codec", that does not begin with "stave."',
    ],
    [
      bundle({ requires: [{ namespace: 'a', filter: '(a' }] }),
      'stave.requires[0].filter: the filter "(a" is wrong at position 3',
    ],
    [
      bundle({ requires: [{ namespace: 'a', effective: 'later' }] }),
      'stave.requires[0].effective must be "resolve" or "active", not "later"',
    ],
    [
      bundle({ config: { 'a b': './s.json' } }),
      'each key of stave.config must be a PID, such as "acme.greeter", not "a b"',
    ],
    [bundle({ startLevel: '80' }), 'stave.startLevel must be a whole number of 1 or more, not "80"'],
    [bundle({ loading: 'lazy' }), 'stave.loading must be "chunk" or "files", not "lazy"'],
  ];
  for (const [packageJson, sentence] of refused) {
    it(`says: ${sentence}`, () => {
      const error = refusalOf(packageJson);
      expect(error.code).to.equal('STAVE_MANIFEST_INVALID');
      expect(error.message).to.include(`greeter/package.json: ${sentence}`);
    });
  }

  it('names the path of the field for machines', () => {
    expect(refusalOf(bundle({ imports: { a: { range: 2 } } })).details).to.deep.equal({
      path: 'stave.imports.a.range',
    });
  });

  it('throws nothing but coded errors, whatever the content', () => {
    const keys = [
      'name',
      'version',
      'exports',
      'engines',
      'peerDependencies',
      'peerDependenciesMeta',
      'stave',
    ];
    const staveKeys = [
      'activator',
      'components',
      'imports',
      'exports',
      'provides',
      'requires',
      'config',
      'loading',
    ];
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('a', '^1', '1.0.0', './a.ts', { a: '^1' }, ['a']));
    const packageJson = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(
          fc.dictionary(fc.constantFrom(...keys), value),
          fc.option(fc.dictionary(fc.constantFrom(...staveKeys), value), { nil: undefined }),
        )
        .map(([fields, stave]) => ({ name: 'a', version: '1.0.0', ...fields, ...(stave ? { stave } : {}) })),
    );
    fc.assert(
      fc.property(packageJson, (content) => {
        try {
          parseManifest(content, 'x', { versionOf: () => '1.0.0' });
        } catch (error) {
          expect(error).to.have.property('code', 'STAVE_MANIFEST_INVALID');
        }
      }),
      { numRuns: 500 },
    );
  });
});

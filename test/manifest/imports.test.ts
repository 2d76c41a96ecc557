import { expect } from 'chai';
import fc from 'fast-check';
import { completeImports } from 'stave/manifest/complete-imports.js';
import { parseManifest } from 'stave/manifest/parse-manifest.js';
import { peerRanges } from 'stave/manifest/peer-ranges.js';

describe('manifest/peerRanges', () => {
  it('takes ranges from peerDependencies, then from devDependencies of a bundle', () => {
    const peers = peerRanges({
      stave: {},
      peerDependencies: { a: '^1', b: '>=2 <4' },
      peerDependenciesMeta: { b: { optional: true } },
      devDependencies: { a: '1.2.3', c: '~3.1' },
    });
    expect([...peers.values()]).to.deep.equal([
      { name: 'a', range: '^1', optional: false },
      { name: 'b', range: '>=2 <4', optional: true },
      { name: 'c', range: '~3.1', optional: false },
    ]);
  });

  for (const range of ['file:../a', 'link:../a', 'workspace:^1', 'latest', 'npm:b@^1', 'https://x/a.tgz', ''])
    it(`takes "${range}" as any version`, () => {
      expect(peerRanges({ stave: {}, devDependencies: { a: range } }).get('a')?.range).to.equal('*');
    });

  it('passes over devDependencies of a library, whose comments and published tests name them', () => {
    const peers = peerRanges({
      peerDependencies: { a: '^1' },
      devDependencies: { a: '1.2.3', mocha: '^10' },
    });
    expect([...peers.keys()]).to.deep.equal(['a']);
  });

  it('takes the range of @stave/api from engines.stave', () => {
    const devDependencies = { '@stave/api': 'file:types/stave-api.tgz' };
    const rangeFor = (stave: string): unknown =>
      peerRanges({ engines: { stave }, devDependencies, stave: {} }).get('@stave/api')?.range;
    expect(rangeFor('0.3.0')).to.equal('^0.3.0');
    expect(rangeFor('>=1 <3')).to.equal('>=1 <3');
  });

  it('reads any content without an error', () => {
    const field = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(fc.jsonValue(), field, field, (whole, peerDependencies, peerDependenciesMeta) => {
        peerRanges(whole);
        peerRanges({ peerDependencies, peerDependenciesMeta });
      }),
    );
  });
});

describe('manifest/completeImports', () => {
  const packageJson = {
    name: 'greeter',
    version: '1.0.0',
    exports: './api.ts',
    peerDependencies: { clock: '^2' },
    devDependencies: { log: '^3', unused: '^4' },
    stave: { imports: { extras: '^1' } },
  };

  it('adds what the sources import, with the declared ranges', () => {
    const manifest = completeImports(parseManifest(packageJson, 'x'), packageJson, [
      'log',
      'extras',
      'clock',
      'other',
    ]);
    expect(manifest.imports).to.deep.equal([
      { name: 'extras', range: '^1', optional: false },
      { name: 'clock', range: '^2', optional: false },
      { name: 'log', range: '^3', optional: false },
      { name: 'other', range: '*', optional: false },
    ]);
  });

  it('counts the imported peers as uses of what is exported', () => {
    const manifest = completeImports(parseManifest(packageJson, 'x'), packageJson, ['log', 'clock']);
    expect(manifest.exports).to.deep.equal([{ name: 'greeter', version: '1.0.0', uses: ['clock'] }]);
  });

  it('does not depend on the order of what is needed', () => {
    const manifest = parseManifest(packageJson, 'x');
    expect(completeImports(manifest, packageJson, ['log', 'clock'])).to.deep.equal(
      completeImports(manifest, packageJson, ['clock', 'log']),
    );
  });

  it('keeps re-exports and their versions', () => {
    const exporting = { ...packageJson, stave: { exports: ['types', { name: 'clock', uses: [] }] } };
    const parsed = parseManifest(exporting, 'x', { versionOf: () => '2.5.0' });
    expect(completeImports(parsed, exporting, ['clock']).exports).to.deep.equal([
      { name: 'greeter', version: '1.0.0', uses: ['clock'] },
      { name: 'types', version: '2.5.0', uses: ['clock'] },
      { name: 'clock', version: '2.5.0', uses: [] },
    ]);
  });
});

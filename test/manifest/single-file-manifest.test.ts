import { StaveError } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { singleFileManifest } from 'stave/manifest/single-file-manifest.js';

const digest = '0123456789abcdef'.repeat(4);

describe('manifest/singleFileManifest', () => {
  it('names the bundle after its file and its digest', () => {
    const { manifest } = singleFileManifest('hello.ts', 'export default {}', digest);
    expect(manifest).to.include({
      name: 'hello',
      version: '0.0.0-d01234567',
      activator: './hello.ts',
      components: './hello.ts',
      singleton: true,
      isBundle: true,
      loading: 'chunk',
    });
    expect(manifest.exports).to.deep.equal([]);
  });

  it('lets a leading comment override', () => {
    const content = `#!/usr/bin/env node
// Copyright Acme

/* stave {
  "version": "2.0.0",
  "startLevel": 40, "imports": { "log": "^1" }, "exports": ["hello"]
} */
export default {};`;
    const { manifest, packageJson } = singleFileManifest('hello.js', content, digest);
    expect(manifest).to.include({ name: 'hello', version: '2.0.0', startLevel: 40 });
    expect(manifest.imports).to.deep.equal([{ name: 'log', range: '^1', optional: false }]);
    expect(manifest.exports).to.deep.equal([{ name: 'hello', version: '2.0.0', uses: [] }]);
    expect(packageJson.name).to.equal('hello');
  });

  it('reads no comment that stands behind code', () => {
    const { manifest } = singleFileManifest('hello.ts', 'let x;\n/* stave { "startLevel": 40 } */', digest);
    expect(manifest.startLevel).to.equal(undefined);
  });

  it('names file and line of a comment that is no JSON', () => {
    const parse = (): unknown => singleFileManifest('hello.ts', '\n\n/* stave { startLevel: 40 } */', digest);
    expect(parse).to.throw(StaveError, 'hello.ts: the stave block at line 3 is no JSON');
  });

  it('names the wrong key of a comment', () => {
    const parse = (): unknown => singleFileManifest('hello.ts', '/* stave { "startlevel": 40 } */', digest);
    expect(parse).to.throw(StaveError, 'stave.startlevel is not known; did you mean "startLevel"?');
  });

  it('refuses a file whose name can name no bundle', () => {
    expect(() => singleFileManifest('my bundle.ts', '', digest)).to.throw(StaveError, 'not "my bundle"');
  });

  it('throws nothing but coded errors, whatever the content', () => {
    const block = fc.oneof(fc.json(), fc.string()).map((text) => `/* stave {${text}} */`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), block), (content) => {
        try {
          singleFileManifest('hello.ts', content, digest);
        } catch (error) {
          expect(error).to.have.property('code', 'STAVE_MANIFEST_INVALID');
        }
      }),
    );
  });
});

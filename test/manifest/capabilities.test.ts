import { expect } from 'chai';
import { capabilitiesOf, requirementsOf } from 'stave/manifest/capabilities.js';
import { parseManifest } from 'stave/manifest/parse-manifest.js';

describe('manifest/capabilities', () => {
  const manifest = parseManifest(
    {
      name: 'greeter',
      version: '1.0.0',
      exports: './api.ts',
      peerDependencies: { clock: '^2' },
      stave: {
        imports: { clock: '^2' },
        provides: [{ namespace: 'acme.codec', attributes: { type: 'json' } }],
        requires: [{ namespace: 'acme.codec', filter: '(type=xml)', optional: true }],
      },
    },
    'greeter',
  );

  it('offers packages, the bundle, its identity and what it provides', () => {
    expect(capabilitiesOf(manifest)).to.deep.equal([
      { namespace: 'stave.package', name: 'greeter', version: '1.0.0', uses: ['clock'], attributes: {} },
      { namespace: 'stave.bundle', name: 'greeter', version: '1.0.0', attributes: {} },
      { namespace: 'stave.identity', name: 'greeter', version: '1.0.0', attributes: { type: 'bundle' } },
      { namespace: 'acme.codec', attributes: { type: 'json' } },
    ]);
  });

  it('needs its imports and what it requires', () => {
    expect(requirementsOf(manifest)).to.deep.equal([
      { namespace: 'stave.package', name: 'clock', range: '^2', optional: false, effective: 'resolve' },
      { namespace: 'acme.codec', filter: '(type=xml)', optional: true, effective: 'resolve' },
    ]);
  });

  it('offers a library as a package and an identity only', () => {
    const namespaces = capabilitiesOf(parseManifest({ name: 'a', version: '1.0.0' }, 'a')).map(
      ({ namespace }) => namespace,
    );
    expect(namespaces).to.deep.equal(['stave.package', 'stave.identity']);
  });
});

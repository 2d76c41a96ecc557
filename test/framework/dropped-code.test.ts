import { expect } from 'chai';
import type { BundleSpec } from 'stave/framework/bundle-entry.js';
import type { Revision } from 'stave/framework/collaborators.js';
import { Framework } from 'stave/framework/framework.js';
import { ServiceRegistry } from 'stave/framework/services/service-registry.js';
import { parseManifest } from 'stave/manifest/parse-manifest.js';

/** A framework whose code is nothing but its digest; `held` names what is loaded and not given back. */
function frameworkOfDigests(): { readonly framework: Framework; readonly held: Set<unknown> } {
  const silent = (): void => undefined;
  const log = { name: 'test', error: silent, warn: silent, info: silent, debug: silent, trace: silent };
  const held = new Set<unknown>();
  const framework = new Framework(
    {
      modules: {
        load(compiled) {
          held.add(compiled);
          return {
            exportOf: () => compiled,
            activator: () => undefined,
            components: () => undefined,
            dispose: () => held.delete(compiled),
          };
        },
      },
      components: { add: async () => ({ settled: async () => undefined, dispose: async () => undefined }) },
      system: { versions: {}, prepare: async () => undefined, get: () => undefined },
      version: '1.0.0',
      limits: () => ({ evaluation: 1000, start: 1000, stop: 1000 }),
      proven: { has: () => false, add: () => undefined },
      logger: () => log,
      bundlesFolder: '/nowhere',
    },
    new ServiceRegistry({ log }),
  );
  return { framework, held };
}

function revision(name: string, digest: string): Revision {
  const manifest = parseManifest({ name, version: '1.0.0', stave: {} }, name);
  return { digest, root: `/nowhere/${name}`, manifest, compiled: digest };
}

function spec(id: number, name: string, digest: string, provider?: BundleSpec): BundleSpec {
  return {
    id,
    location: `file:/nowhere/${name}`,
    name,
    version: '1.0.0',
    digest,
    startLevel: 80,
    start: true,
    wires: provider
      ? [{ package: provider.name, version: '1.0.0', provider: provider.id, digest: provider.digest }]
      : [],
    waits: undefined,
    resolved: true,
  };
}

describe('the code of a bundle that was updated', () => {
  const api = spec(1, 'api', 'api-1');
  const user = spec(2, 'user', 'user-1', api);

  async function withBoth(): Promise<ReturnType<typeof frameworkOfDigests>> {
    const made = frameworkOfDigests();
    made.framework.install(api, revision('api', 'api-1'));
    made.framework.install(user, revision('user', 'user-1'));
    await made.framework.wire([1, 2]);
    for (const id of [1, 2]) made.framework.entry(id).instance?.load();
    return made;
  }

  it('is given back at once where nobody else uses it', async () => {
    const { framework, held } = await withBoth();
    framework.update({ ...user, digest: 'user-2' }, revision('user', 'user-2'));
    await framework.wire([2]);
    expect([...held]).to.deep.equal(['api-1']);
    framework.dispose();
  });

  it('is kept as long as an importer is wired to it', async () => {
    const { framework, held } = await withBoth();
    framework.update({ ...api, digest: 'api-2' }, revision('api', 'api-2'));
    await framework.wire([1]);
    expect([...held]).to.deep.equal(['api-1', 'user-1']);
    await framework.wire([2]);
    expect([...held]).to.deep.equal([]);
    framework.dispose();
  });

  it('is given back when the last importer is uninstalled', async () => {
    const { framework, held } = await withBoth();
    framework.update({ ...api, digest: 'api-2' }, revision('api', 'api-2'));
    await framework.wire([1]);
    await framework.uninstall(2);
    expect([...held]).to.deep.equal([]);
    framework.dispose();
  });
});

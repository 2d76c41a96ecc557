import type { BundleSpec, WireSpec } from '../framework/bundle-entry.js';
import { capabilitiesOf, requirementsOf } from '../manifest/capabilities.js';
import { explain } from '../resolver/explanation.js';
import { resolve } from '../resolver/resolve.js';
import { PACKAGES, type Requirement, type Resource, type Wire } from '../resolver/resource.js';
import type { AssemblerInput } from './assembler.js';
import type { Identified } from './identify.js';

const SYSTEM = 'stave';

/** The wires of bundles that can be resolved, and for the others why not. */
export interface Wiring {
  readonly wires: ReadonlyMap<number, readonly WireSpec[]>;
  readonly unresolved: ReadonlyMap<number, string>;
  readonly notes: readonly string[];
}

function resourceId(bundle: {
  readonly name: string;
  readonly version: string;
  readonly location: string;
}): string {
  return `${bundle.name}@${bundle.version} ${bundle.location}`;
}

function systemResource(packages: Readonly<Record<string, string>>): Resource {
  const capabilities = Object.entries(packages).map(([name, version]) => ({
    namespace: PACKAGES,
    name,
    version,
    attributes: {},
  }));
  return {
    id: SYSTEM,
    name: SYSTEM,
    version: packages['@stave/api'] ?? '0.0.0',
    capabilities,
    requirements: [],
  };
}

/** Chooses the wires with the resolver; those of bundles that did not change are kept while that is possible. */
export function wireBundles(
  bundles: readonly Identified[],
  input: Pick<AssemblerInput, 'current' | 'system' | 'repin' | 'noRefresh'>,
): Wiring {
  const ids = new Map(bundles.map((bundle) => [keyOf(bundle), bundle]));
  const steady = steadySpecs(bundles, input);
  const kept = keptWires(bundles, steady, input);
  const resources = bundles.map((bundle): Resource => {
    const { manifest } = bundle;
    const spec = steady.get(bundle.id);
    return {
      id: keyOf(bundle),
      name: manifest.name,
      version: manifest.version,
      capabilities: capabilitiesOf(manifest),
      requirements: requirementsOf(manifest).filter(
        (requirement) => !spec || (counts(requirement, spec) && !isMet(requirement, kept.get(bundle.id))),
      ),
      // What is under one's hands in a folder may carry a prerelease and still satisfies what its release would.
      prereleaseAsRelease: bundle.location.startsWith('file:'),
    };
  });
  const result = resolve({
    resources: [systemResource(input.system), ...resources],
    roots: resources.map((resource) => resource.id),
    wired: new Map(),
    preferred: preferredProviders(bundles, steady),
  });
  const wires = new Map<number, readonly WireSpec[]>();
  for (const [key, list] of result.wires) {
    const bundle = ids.get(key);
    if (bundle) wires.set(bundle.id, toWireSpecs(list, ids, kept.get(bundle.id) ?? []));
  }
  const unresolved = new Map<number, string>();
  for (const [key, explanation] of result.unresolved) {
    const bundle = ids.get(key);
    if (bundle) unresolved.set(bundle.id, explain(explanation).join('\n'));
  }
  const notes = result.dropped.flatMap(({ requirer, requirement, reason }) => {
    const bundle = ids.get(requirer);
    return bundle
      ? [`${bundle.manifest.name}: optional ${requirement.name ?? requirement.namespace}: ${reason}`]
      : [];
  });
  return { wires, unresolved, notes };
}

function keyOf(bundle: Identified): string {
  return resourceId({
    name: bundle.manifest.name,
    version: bundle.manifest.version,
    location: bundle.location,
  });
}

/** Bundles that are resolved, unchanged, and to keep their wires while that is possible. */
function steadySpecs(
  bundles: readonly Identified[],
  input: Pick<AssemblerInput, 'current' | 'repin'>,
): ReadonlyMap<number, BundleSpec> {
  const digests = new Map(bundles.map((bundle) => [bundle.id, bundle.digest]));
  const steady = input.current.filter(
    (spec) =>
      spec.resolved &&
      digests.get(spec.id) === spec.digest &&
      input.repin !== 'all' &&
      !input.repin.has(spec.name),
  );
  return new Map(steady.map((spec) => [spec.id, spec]));
}

/** What has no wire stays without one while its bundle runs: an optional import that could be met now would restart it. */
function counts(requirement: Requirement, spec: BundleSpec): boolean {
  if (!requirement.optional || requirement.namespace !== PACKAGES) return true;
  return spec.wires.some((wire) => wire.package === requirement.name);
}

/** For each steady bundle and package the provider that it is wired to now. */
function preferredProviders(
  bundles: readonly Identified[],
  steady: ReadonlyMap<number, BundleSpec>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const present = new Map(bundles.map((bundle) => [bundle.id, bundle]));
  const preferred = new Map<string, ReadonlyMap<string, string>>();
  for (const [id, spec] of steady) {
    const providers = new Map<string, string>();
    for (const wire of spec.wires) {
      const provider = wire.provider === 0 ? SYSTEM : providerKey(present, wire);
      if (provider) providers.set(wire.package, provider);
    }
    const bundle = present.get(id);
    if (bundle) preferred.set(keyOf(bundle), providers);
  }
  return preferred;
}

function providerKey(present: ReadonlyMap<number, Identified>, wire: WireSpec): string | undefined {
  const provider = present.get(wire.provider);
  return provider && keyOf(provider);
}

/**
 * Wires that stay on a former revision of their provider, which is in memory only: all when importers are not to be refreshed now,
 * else those that were left so before, until their provider changes again or they are refreshed.
 */
function keptWires(
  bundles: readonly Identified[],
  steady: ReadonlyMap<number, BundleSpec>,
  input: Pick<AssemblerInput, 'current' | 'noRefresh'>,
): ReadonlyMap<number, readonly WireSpec[]> {
  const next = new Map(bundles.map(({ id, digest }) => [id, digest]));
  const present = new Map(input.current.map(({ id, digest }) => [id, digest]));
  const stays = ({ provider, digest }: WireSpec): boolean => {
    if (provider === 0 || !next.has(provider)) return false;
    return (
      input.noRefresh || (next.get(provider) === present.get(provider) && present.get(provider) !== digest)
    );
  };
  return new Map([...steady].map(([id, { wires }]) => [id, wires.filter(stays)]));
}

function isMet(requirement: Requirement, kept: readonly WireSpec[] = []): boolean {
  return requirement.namespace === PACKAGES && kept.some((wire) => wire.package === requirement.name);
}

function toWireSpecs(
  wires: readonly Wire[],
  ids: ReadonlyMap<string, Identified>,
  kept: readonly WireSpec[],
): readonly WireSpec[] {
  const chosen = wires
    .filter((wire) => wire.requirement.namespace === PACKAGES)
    .map((wire): WireSpec => {
      const provider = ids.get(wire.provider);
      return {
        package: wire.capability.name ?? '',
        version: wire.capability.version ?? '0.0.0',
        provider: provider?.id ?? 0,
        digest: provider?.digest ?? '',
      };
    });
  return [...chosen, ...kept].sort((a, b) => (a.package < b.package ? -1 : 1));
}

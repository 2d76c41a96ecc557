import { expect } from 'chai';
import { causesOf, type Explanation } from 'stave/resolver/explanation.js';
import { resolve } from 'stave/resolver/resolve.js';
import {
  PACKAGES,
  type Requirement,
  type ResolveResult,
  type Resource,
  type Wire,
} from 'stave/resolver/resource.js';
import { vectorsOf } from './vectors.js';

type Import = string | { readonly version: string; readonly optional?: boolean };

interface Bundle {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly imports?: Readonly<Record<string, Import>>;
  readonly uses?: Readonly<Record<string, readonly string[]>>;
  readonly provides?: readonly {
    readonly namespace: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  readonly requires?: readonly {
    readonly namespace: string;
    readonly filter?: string;
    readonly optional?: boolean;
  }[];
}

type Wiring = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Case {
  readonly id: string;
  readonly topic: string;
  readonly bundles: readonly Bundle[];
  readonly install: readonly string[];
  readonly wired?: Wiring;
  readonly expect: {
    readonly wires?: Wiring;
    readonly capabilities?: Readonly<
      Record<
        string,
        readonly { readonly namespace: string; readonly filter?: string; readonly provider: string }[]
      >
    >;
    readonly unresolved?: readonly string[];
    readonly because?: Readonly<Record<string, unknown>>;
  };
}

function resourceOf({
  name,
  version,
  exports = {},
  imports = {},
  uses = {},
  provides = [],
  requires = [],
}: Bundle): Resource {
  const packages = Object.entries(exports).map(([exported, exportedVersion]) => ({
    namespace: PACKAGES,
    name: exported,
    version: exportedVersion,
    attributes: {},
    uses: uses[exported] ?? [],
  }));
  const imported = Object.entries(imports).map(([needed, range]): Requirement => {
    const { version: wanted, optional = false } = typeof range === 'string' ? { version: range } : range;
    return { namespace: PACKAGES, name: needed, range: wanted, optional, effective: 'resolve' };
  });
  const generic = requires.map(
    (requirement): Requirement => ({ optional: false, effective: 'resolve', ...requirement }),
  );
  return {
    id: `${name}@${version}`,
    name,
    version,
    capabilities: [...packages, ...provides],
    requirements: [...imported, ...generic],
  };
}

function wiresOf(resources: readonly Resource[], wiring: Wiring): Map<string, Wire[]> {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  return new Map(
    Object.entries(wiring).map(([requirer, providers]) => [
      requirer,
      Object.entries(providers).map(([name, provider]) => ({
        requirer,
        requirement: byId.get(requirer)!.requirements.find((requirement) => requirement.name === name)!,
        provider,
        capability: byId.get(provider)!.capabilities.find((capability) => capability.name === name)!,
      })),
    ]),
  );
}

function packageWires({ wires }: ResolveResult): Wiring {
  return Object.fromEntries(
    [...wires].map(([id, own]) => [
      id,
      Object.fromEntries(
        own
          .filter(({ requirement, provider }) => requirement.namespace === PACKAGES && provider !== id)
          .map(({ requirement, provider }) => [requirement.name, provider]),
      ),
    ]),
  );
}

function capabilityWires({ wires }: ResolveResult): object {
  return Object.fromEntries(
    [...wires]
      .map(([id, own]) => [id, own.filter(({ requirement }) => requirement.namespace !== PACKAGES)] as const)
      .filter(([, own]) => own.length > 0)
      .map(([id, own]) => [
        id,
        own.map(({ requirement: { namespace, filter }, provider }) => ({ namespace, filter, provider })),
      ]),
  );
}

function because(explanation: Explanation): object {
  const bundle = explanation.resource.id;
  switch (explanation.kind) {
    case 'uses':
      return {
        kind: 'uses',
        bundle,
        package: explanation.package,
        providers: explanation.providers.map(({ id }) => id),
      };
    case 'missing': {
      const { namespace, name, range, filter } = explanation.requirement;
      return namespace === PACKAGES
        ? { kind: 'missing', bundle, package: name, range }
        : { kind: 'missing', bundle, namespace, filter };
    }
    case 'unknown':
      return { kind: 'unknown', bundle };
  }
}

describe('conformance/resolver', () => {
  for (const { id, topic, bundles, install, wired = {}, expect: expected } of vectorsOf<Case>('resolver')) {
    it(`${id}: ${topic}`, () => {
      const resources = bundles.map(resourceOf);
      const result = resolve({ resources, roots: install, wired: wiresOf(resources, wired) });
      expect([...result.unresolved.keys()]).to.deep.equal(expected.unresolved ?? []);
      if (expected.wires) expect(packageWires(result)).to.deep.equal(expected.wires);
      if (expected.capabilities) expect(capabilityWires(result)).to.deep.equal(expected.capabilities);
      if (expected.because) {
        const [explanation] = [...result.unresolved.values()];
        expect(causesOf(explanation!).map(because)).to.deep.equal([expected.because]);
      }
    });
  }
});

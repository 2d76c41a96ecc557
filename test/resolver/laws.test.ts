import { expect } from 'chai';
import fc from 'fast-check';
import { resolve } from 'stave/resolver/resolve.js';
import type { Requirement, ResolveInput, Resource, Wire } from 'stave/resolver/resource.js';
import { allWires, faultsOf, fits, resource, wiring } from './support.js';

const NAMES = ['a', 'b', 'c', 'd'];
const range = fc.constantFrom('*', '^1', '^2', '>=1', '1.0.0', '*?', '^2?');
const imports = fc.dictionary(fc.constantFrom(...NAMES), range, { maxKeys: 3 });

/** Small worlds in which versions, circles, contradictions and things that are missing are frequent. */
const world: fc.Arbitrary<readonly Resource[]> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom('1.0.0', '1.1.0', '2.0.0')), {
    minLength: 2,
    maxLength: 7,
    selector: ([name, version]) => `${name}@${version}`,
  })
  .chain((ids) =>
    fc.tuple(
      ...ids.map(([name, version]) =>
        fc
          .tuple(imports, fc.subarray(NAMES), fc.option(fc.constantFrom(...NAMES)))
          .map(([needed, uses, other]) =>
            resource(`${name}@${version}`, {
              imports: needed,
              uses,
              exports: { [name]: version, ...(other ? { [other]: version } : {}) },
            }),
          ),
      ),
    ),
  );

const none: ReadonlyMap<string, readonly Wire[]> = new Map();
const everything = (resources: readonly Resource[]): ResolveInput => ({
  resources,
  roots: resources.map(({ id }) => id),
  wired: none,
});

const MOST_TRIES = 2000;

/** Whether some wiring resolves the root, found by trying every one; worlds with too many are passed over. */
function isPossible(root: Resource, resources: readonly Resource[]): boolean {
  const byId = new Map(resources.map((one) => [one.id, one]));
  type Wires = ReadonlyMap<string, readonly Wire[]>;
  let tries = 0;
  const tryAll = (wires: Wires, decided: ReadonlySet<Requirement>): boolean => {
    for (const [id, own] of wires) {
      const requirement = byId.get(id)!.requirements.find((one) => !decided.has(one));
      if (!requirement) continue;
      const now = new Set([...decided, requirement]);
      if (requirement.optional && tryAll(wires, now)) return true;
      return resources.some((provider) =>
        provider.capabilities.some((capability) => {
          if (!fits(requirement, capability, false)) return false;
          const wire = { requirer: id, requirement, provider: provider.id, capability };
          const next = new Map(wires).set(id, [...own, wire]);
          if (!next.has(provider.id)) next.set(provider.id, []);
          return tryAll(next, now);
        }),
      );
    }
    fc.pre(++tries <= MOST_TRIES);
    return faultsOf(resources, wires).length === 0;
  };
  return tryAll(new Map([[root.id, []]]), new Set());
}

describe('resolver/resolve, laws', () => {
  it('gives wires without a fault', () => {
    fc.assert(
      fc.property(world, (resources) => {
        const input = everything(resources);
        expect(faultsOf(resources, resolve(input).wires)).to.deep.equal([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('resolves every root or explains it', () => {
    fc.assert(
      fc.property(world, (resources) => {
        const { wires, unresolved } = resolve(everything(resources));
        for (const { id } of resources) expect(wires.has(id), id).to.equal(!unresolved.has(id));
      }),
      { numRuns: 500 },
    );
  });

  it('finds a wiring for a root exactly when there is one', () => {
    fc.assert(
      fc.property(world, (resources) => {
        const root = resources[0]!;
        const { wires } = resolve({ resources, roots: [root.id], wired: none });
        expect(wires.has(root.id)).to.equal(isPossible(root, resources));
      }),
      { numRuns: 400 },
    );
  });

  it('gives the same result in whatever order things come', () => {
    const shuffled = world.chain((resources) =>
      fc.tuple(
        fc.constant(resources),
        fc.shuffledSubarray([...resources], { minLength: resources.length }),
        fc.shuffledSubarray(
          resources.map(({ id }) => id),
          { minLength: resources.length },
        ),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([resources, other, roots]) => {
        const one = resolve(everything(resources));
        const two = resolve({ resources: other, roots, wired: none });
        expect([...two.wires]).to.deep.equal([...one.wires]);
        expect(two.dropped).to.deep.equal(one.dropped);
        expect([...two.unresolved].sort()).to.deep.equal([...one.unresolved].sort());
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing of what is resolved when more comes', () => {
    fc.assert(
      fc.property(world, fc.nat(), (resources, at) => {
        const split = at % resources.length;
        const first = everything(resources.slice(0, split));
        const wired = allWires(first, resolve(first));
        const { wires } = resolve({ ...everything(resources), wired });
        for (const id of wired.keys()) expect(wires.has(id), id).to.equal(false);
        expect(faultsOf(resources, new Map([...wired, ...wires]))).to.deep.equal([]);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same wires again when they are preferred', () => {
    fc.assert(
      fc.property(world, (resources) => {
        // Only those that can be resolved together: else what is preferred decides who is left out.
        const roots = [...resolve(everything(resources)).wires.keys()];
        const { wires, dropped } = resolve({ resources, roots, wired: none });
        // What was dropped for the sake of others may become possible once they are preferred.
        fc.pre(dropped.length === 0);
        const preferred = new Map(
          Object.entries(wiring(wires)).map(([id, own]) => [id, new Map(Object.entries(own))]),
        );
        expect(wiring(resolve({ resources, roots, wired: none, preferred }).wires)).to.deep.equal(
          wiring(wires),
        );
      }),
      { numRuns: 500 },
    );
  });
});

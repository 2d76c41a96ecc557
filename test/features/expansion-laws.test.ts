import type { Claim } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { FeatureWorld, featureClaim, type Planned, repositoryClaim } from './feature-world.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const VERSIONS = ['1.0.0', '1.1.0', '2.0.0'];
const RANGES = ['', '/1.0.0', '/^1', '/<2', '/^2', '/*', '/^1.1 || ^2'];

const reference = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...RANGES))
  .map((parts) => parts.join(''));
const feature = fc.record({
  name: fc.constantFrom(...NAMES),
  version: fc.constantFrom(...VERSIONS),
  features: fc.array(reference, { maxLength: 2 }),
  conditionals: fc.array(
    fc.record({
      condition: fc.array(reference, { minLength: 1, maxLength: 2 }),
      features: fc.array(reference, { maxLength: 1 }),
    }),
    { maxLength: 1 },
  ),
});
const descriptor = fc.array(feature, { minLength: 1, maxLength: 12 }).map((features) => ({
  name: 'acme',
  features: features.map((each, n) => ({ ...each, bundles: [`b:${each.name}-${each.version}-${n}`] })),
}));
const owners = ['console', 'boot', 'group:default'] as const;
const claims = fc.uniqueArray(
  fc.tuple(reference, fc.constantFrom(...owners)).map(([key, owner]) => featureClaim(key, owner)),
  { maxLength: 4, selector: ({ owner, key }) => `${owner} ${key}` },
);

const URL = 'file:///acme.json';

function worldOf(content: object): FeatureWorld {
  const world = new FeatureWorld();
  world.artifacts.describe(URL, content);
  return world;
}

function plan(world: FeatureWorld, wishes: readonly Claim[]): Promise<Planned> {
  return world.plan([repositoryClaim(URL), ...wishes]);
}

/** What does not depend on the order in which things are told. */
function resultOf({ features }: Planned): unknown {
  return {
    observed: features.observed,
    pins: features.pins,
    bundles: [...new Set(features.wants.map((want) => (want.kind === 'bundle' ? want.location : '')))].sort(),
    unmet: features.unmet.map(({ claim, code }) => `${claim.owner} ${claim.key} ${code}`).sort(),
  };
}

describe('features/expansion laws', () => {
  it('gives one result for any order of the same claims', async () => {
    await fc.assert(
      fc.asyncProperty(descriptor, claims, async (content, wishes) => {
        const forward = await plan(worldOf(content), wishes);
        const backward = await plan(worldOf(content), [...wishes].reverse());
        expect(resultOf(backward)).to.deep.equal(resultOf(forward));
      }),
      { numRuns: 300 },
    );
  });

  it('gives one result for any history once the pins are dropped', async () => {
    await fc.assert(
      fc.asyncProperty(
        descriptor,
        claims,
        fc.array(claims, { maxLength: 3 }),
        async (content, wishes, history) => {
          const fresh = await plan(worldOf(content), wishes);
          const world = worldOf(content);
          for (const past of history) await plan(world, past);
          world.pins = {};
          expect(resultOf(await plan(world, wishes))).to.deep.equal(resultOf(fresh));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('moves nothing when it is asked again with its pins', async () => {
    await fc.assert(
      fc.asyncProperty(descriptor, claims, async (content, wishes) => {
        const world = worldOf(content);
        const first = resultOf(await plan(world, wishes));
        expect(resultOf(await plan(world, wishes))).to.deep.equal(first);
      }),
      { numRuns: 300 },
    );
  });

  it('finds at once what a claim that was tried late makes possible for one that was tried before', async () => {
    const content = {
      name: 'acme',
      features: [
        { name: 'c', version: '1.0.0', features: ['e'] },
        { name: 'e', version: '1.0.0', conditionals: [{ condition: ['d'], features: ['absent'] }] },
        { name: 'e', version: '1.1.0', features: ['absent'] },
        { name: 'b', version: '1.0.0', features: ['d'] },
        { name: 'd', version: '1.0.0', features: ['absent'] },
      ],
    };
    const wishes = ['b', 'e/1.0.0', 'c'].map((key) => featureClaim(key, 'console'));
    const { features } = await plan(worldOf(content), wishes);
    expect(features.unmet.map(({ claim }) => claim.key)).to.deep.equal(['b']);
  });

  it('moves nothing of what is pinned when an unrelated claim comes, whatever else is offered by then', async () => {
    await fc.assert(
      fc.asyncProperty(descriptor, claims, reference, async (content, wishes, other) => {
        const world = worldOf(content);
        const before = await plan(world, wishes);
        const newer = content.features.map((each) => ({ ...each, version: '1.9.0', bundles: ['b:newer'] }));
        // The unrelated features have names, and so neither meet conditions nor share versions with the others.
        const unrelated = content.features.map((each) => ({
          ...each,
          name: `x${each.name}`,
          features: each.features.map((text) => `x${text}`),
          conditionals: [],
        }));
        world.artifacts.describe(URL, {
          ...content,
          features: [...content.features, ...newer, ...unrelated],
        });
        const after = await world.plan([repositoryClaim(URL), ...wishes, featureClaim(`x${other}`)], [URL]);
        // A claim that was set aside may be met by what is offered now, and then moves what is related to it.
        if (before.unmet.length > 0) return;
        for (const want of before.features.wants) expect(after.features.wants).to.deep.include(want);
      }),
      { numRuns: 300 },
    );
  });

  it('wants only what some claim leads to, and leaves nothing unmet without a reason', async () => {
    await fc.assert(
      fc.asyncProperty(descriptor, claims, async (content, wishes) => {
        const { features } = await plan(worldOf(content), wishes);
        for (const want of features.wants) {
          expect(want.claims.length).to.be.greaterThan(0);
          for (const { owner, key } of want.claims) {
            expect(wishes.some((wish) => wish.owner === owner && wish.key === key)).to.equal(true);
            expect(features.unmet.some(({ claim }) => claim.owner === owner && claim.key === key)).to.equal(
              false,
            );
          }
        }
        for (const { reason } of features.unmet) expect(reason).to.match(/^feature \S+ is /);
      }),
      { numRuns: 300 },
    );
  });
});

import type { BundleWant, Owner } from '@stave/api';
import { expect } from 'chai';
import { FeatureWorld, featureClaim, type Planned, repositoryClaim } from '../features/feature-world.js';
import { type FeatureCase, featureCases, keyOf, withAbsoluteLocations } from './feature-resolution.js';

/** Who claims what, before and after the request. */
function claimsOf({ claims, request }: FeatureCase, after: boolean) {
  const wishes = new Map(Object.entries(claims).map(([owner, list]) => [owner, new Set(list.map(keyOf))]));
  const own = wishes.get(request.owner) ?? new Set();
  wishes.set(request.owner, own);
  if (after) {
    for (const wish of request.install ?? []) own.add(keyOf(wish));
    for (const wish of request.uninstall ?? []) own.delete(keyOf(wish));
  }
  return [...wishes].flatMap(([owner, keys]) => [...keys].map((key) => featureClaim(key, owner as Owner)));
}

function bundlesOf({ features }: Planned, { bundles }: FeatureCase): Map<string, BundleWant> {
  const wants = features.wants.filter((want) => want.kind === 'bundle');
  return new Map(
    wants.map((want) => {
      const bundle = bundles[want.location.replace('bundles:', '')]!;
      return [`${bundle.name}@${bundle.version}`, want];
    }),
  );
}

describe('conformance/feature-resolution', () => {
  for (const testCase of featureCases('expansion')) {
    const { id, topic, note, repositories, installed, expect: outcome } = testCase;
    it(`${id}: ${topic}${note ? `, ${note}` : ''}`, async () => {
      const world = new FeatureWorld();
      const urls = repositories.map((repository, index) => {
        const url = `file:///${index}/${repository.name}.json`;
        world.artifacts.describe(url, withAbsoluteLocations(repository) as object);
        return repositoryClaim(url);
      });
      const before = await world.plan([...urls, ...claimsOf(testCase, false)]);
      const bundlesBefore = [...bundlesOf(before, testCase).keys()];
      expect(Object.keys(before.features.observed)).to.have.members(installed.features);
      expect(bundlesBefore).to.have.members(installed.bundles);

      const after = await world.plan([...urls, ...claimsOf(testCase, true)]);
      if ('error' in outcome) {
        const { kind, feature, version, neededBy } = outcome.error;
        expect(kind).to.equal('unknown-feature');
        expect(after.unmet.map(({ code }) => code)).to.deep.equal(['STAVE_FEATURE_UNKNOWN']);
        for (const named of [feature, version, neededBy]) {
          if (named !== undefined) expect(after.unmet[0]?.reason).to.include(named);
        }
        return;
      }
      expect(after.unmet).to.deep.equal([]);
      const bundles = bundlesOf(after, testCase);
      expect(Object.keys(after.features.observed)).to.have.members(outcome.features);
      expect([...bundles.keys()]).to.have.members(outcome.bundles);
      expect([...bundles.keys()].filter((name) => !bundlesBefore.includes(name))).to.have.members(
        outcome.added,
      );
      expect(bundlesBefore.filter((name) => !bundles.has(name))).to.have.members(outcome.removed);
      for (const [name, level] of Object.entries(outcome.startLevels ?? {})) {
        expect(bundles.get(name)?.startLevel, name).to.equal(level);
      }
      for (const warning of outcome.warnings ?? []) {
        const notes = after.features.notes?.join('\n') ?? '';
        for (const named of [warning.feature, ...warning.repositories]) expect(notes).to.include(named);
      }
    });
  }
});

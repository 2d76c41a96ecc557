import { type Claim, type ClaimChange, type Manifest, type Owner, StaveError } from '@stave/api';
import { expect } from 'chai';
import { parseManifest } from 'stave/manifest/parse-manifest.js';
import { applyChange, type Wishes } from 'stave/provisioning/claim-book.js';
import { expandClaims } from 'stave/provisioning/expander.js';
import { plan, refuseUnmetGesture } from 'stave/provisioning/planner.js';
import { EMPTY_STATE, type NodeState } from 'stave/provisioning/state.js';
import { FeatureWorld, featureClaim, repositoryClaim } from '../features/feature-world.js';
import { type FeatureCase, featureCases, keyOf, withAbsoluteLocations } from './feature-resolution.js';

const SCHEME = 'bundles:';

function manifestOf(bundle: FeatureCase['bundles'][string]): Manifest {
  const { name, version, imports = {}, exports = {} } = bundle;
  const content = { name, version, stave: { imports, exports: Object.keys(exports) } };
  return parseManifest(content, name, { versionOf: (exported) => exports[exported] });
}

/** Gathers from the bundles of a case, and plans as a transaction does. */
class PlannedCase {
  readonly #case: FeatureCase;
  readonly #world = new FeatureWorld();
  state: NodeState = EMPTY_STATE;

  constructor(testCase: FeatureCase) {
    this.#case = testCase;
  }

  describe(): readonly Claim[] {
    return this.#case.repositories.map((repository, index) => {
      const url = `file:///${index}/${repository.name}.json`;
      this.#world.artifacts.describe(url, withAbsoluteLocations(repository) as object);
      return repositoryClaim(url);
    });
  }

  /** Carries a change out, or throws what refuses it. */
  async change(wishes: Wishes, change: ClaimChange): Promise<Wishes> {
    const next = applyChange(wishes, change);
    await this.#world.plan(next.claims);
    const types = [this.#world.types.repository, this.#world.types.feature];
    const { wants } = expandClaims(types, next.claims, this.state.pins, new Set());
    const locations = wants.flatMap((want) => (want.kind === 'bundle' ? [want.location] : []));
    const bundleAt = (location: string) => this.#case.bundles[location.replace(SCHEME, '')];
    const [there, gone] = [true, false].map((is) =>
      locations.filter((at) => (bundleAt(at) !== undefined) === is),
    );
    const notFound = (at: string) =>
      new StaveError('STAVE_LOCATION_NOT_FOUND', 'there is nothing', { where: at });
    const planned = plan({
      types,
      wishes: next,
      state: this.state,
      gathered: {
        pins: new Map(there!.map((location) => [location, { digest: location }])),
        failures: new Map(gone!.map((location) => [location, notFound(location)])),
        unmet: [],
      },
      manifest: (digest) => manifestOf(bundleAt(digest)!),
      system: {},
      repin: [],
      noRefresh: false,
      rejected: new Map(),
      aside: new Map(),
    });
    if (planned.kind !== 'planned') throw new Error(`missing ${planned.locations.join(', ')}`);
    const asked = (change.set ?? []).map(({ type, key }) => ({ owner: change.owner, type, key }));
    refuseUnmetGesture(this.state.unmet, planned.unmet, asked, false);
    const { assembly, wishlist, artifacts, unmet } = planned;
    const { pins, observed } = wishlist;
    this.state = {
      ...EMPTY_STATE,
      ...{ pins, observed, artifacts, unmet },
      bundles: assembly.specs,
      nextBundleId: assembly.nextId,
    };
    return next;
  }

  get bundles(): readonly string[] {
    return this.state.bundles
      .filter(({ resolved }) => resolved)
      .map(({ name, version }) => `${name}@${version}`);
  }

  get features(): readonly string[] {
    return Object.keys(this.state.observed.feature ?? {});
  }
}

const CODES: Readonly<Record<string, string>> = {
  'not-claimed': 'STAVE_CLAIM_NOT_OWNED',
  'missing-bundle': 'STAVE_LOCATION_NOT_FOUND',
};

describe('conformance/feature-resolution, what the planner decides', () => {
  for (const testCase of featureCases('provisioning')) {
    const { id, topic, note, claims, installed, request, expect: outcome } = testCase;
    it(`${id}: ${topic}${note ? `, ${note}` : ''}`, async () => {
      const world = new PlannedCase(testCase);
      let wishes: Wishes = { claims: world.describe(), overrides: [] };
      for (const [owner, wanted] of Object.entries(claims)) {
        const set = wanted.map((wish) => featureClaim(keyOf(wish), owner as Owner));
        wishes = await world.change(wishes, { owner: owner as Owner, set });
      }
      expect(world.features).to.have.members(installed.features);
      expect(world.bundles).to.have.members(installed.bundles);

      const owner = request.owner as Owner;
      const gesture = world.change(wishes, {
        owner,
        set: (request.install ?? []).map((wish) => featureClaim(keyOf(wish), owner)),
        release: (request.uninstall ?? []).map((wish) => ({ type: 'feature', key: keyOf(wish) })),
      });
      if ('error' in outcome) {
        const { kind, feature, location } = outcome.error;
        const error = await gesture.then(
          () => undefined,
          (caught: StaveError) => caught,
        );
        expect(error?.code).to.equal(CODES[kind]);
        expect(error?.message).to.include(location ?? feature);
        expect(world.bundles).to.have.members(installed.bundles);
        return;
      }
      await gesture;
      expect(world.features).to.have.members(outcome.features);
      expect(world.bundles).to.have.members(outcome.bundles);
    });
  }
});

import type { Claim, ClaimStatus, Expansion, JsonObject, Owner, Unmet } from '@stave/api';
import { Catalog } from 'stave/features/catalog.js';
import { FeatureType } from 'stave/features/feature-type.js';
import { RepositoryType } from 'stave/features/repository-type.js';
import { FakeArtifacts } from './fake-artifacts.js';

export function featureClaim(key: string, owner: Owner = 'console', value: JsonObject = {}): Claim {
  return { owner, type: 'feature', key, value };
}

export function repositoryClaim(key: string, owner: Owner = 'boot'): Claim {
  return { owner, type: 'repository', key, value: {} };
}

export interface Planned {
  readonly features: Expansion;
  readonly repositories: Expansion;
  /** What gathering and expanding could not meet. */
  readonly unmet: readonly Unmet[];
}

/** The two resource types with a planner that gathers, sets aside and expands, and keeps pins and what was observed. */
export class FeatureWorld {
  readonly artifacts = new FakeArtifacts();
  catalog = new Catalog(this.artifacts);
  pins: Readonly<Record<string, string>> = {};
  claims: readonly ClaimStatus[] = [];
  observed: Readonly<Record<string, JsonObject>> = {};
  #types = this.#makeTypes();

  #makeTypes() {
    return {
      repository: new RepositoryType(this.catalog, this.artifacts),
      feature: new FeatureType(this.catalog, this.artifacts),
    };
  }

  /** Forgets all that lives in memory only. */
  restart(): void {
    this.catalog = new Catalog(this.artifacts);
    this.#types = this.#makeTypes();
  }

  get types() {
    return this.#types;
  }

  async plan(claims: readonly Claim[], update: readonly string[] = []): Promise<Planned> {
    const signal = new AbortController().signal;
    const aside: Unmet[] = [];
    const of = (type: string) =>
      claims.filter(
        (claim) =>
          claim.type === type &&
          !aside.some(({ claim: { owner, key } }) => owner === claim.owner && key === claim.key),
      );
    const context = (type: string) => ({
      claims: of(type),
      claimsOf: of,
      pins: this.pins,
      update: new Set(update),
      signal,
    });
    for (const type of [this.#types.repository, this.#types.feature]) {
      for (const claim of of(type.name)) type.check(claim);
      aside.push(...(await type.gather(context(type.name))));
    }
    const repositories = this.#types.repository.expand(context('repository'));
    const features = this.#types.feature.expand(context('feature'));
    const unmet = [...aside, ...repositories.unmet, ...features.unmet];
    this.pins = { ...repositories.pins, ...features.pins };
    this.observed = { repository: repositories.observed, feature: features.observed };
    this.claims = claims.map((claim) => {
      const found = unmet.find(({ claim: { owner, key } }) => owner === claim.owner && key === claim.key);
      return { ...claim, unmet: found && { code: found.code, reason: found.reason } };
    });
    return { features, repositories, unmet };
  }
}

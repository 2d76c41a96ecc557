import type { Claim } from '@stave/api';
import type { Wishes } from './claim-book.js';
import { claimId } from './owners.js';

/**
 * The rounds of a change: where new boot claims stand in several stages, each stage is planned and started before the next is
 * looked at. The last round has all claims.
 */
export function roundsOf(wishes: Wishes, known: readonly Claim[]): readonly Wishes[] {
  const before = new Set(known.map(claimId));
  const fresh = wishes.claims.filter((claim) => claim.owner === 'boot' && !before.has(claimId(claim)));
  const stages = [...new Set(fresh.map((claim) => claim.stage ?? 0))].sort((a, b) => a - b);
  return [...stages.slice(0, -1).map((stage) => upToStage(wishes, new Set(fresh), stage)), wishes];
}

/** What is claimed already stays in all rounds, whatever its stage: it runs. */
function upToStage(wishes: Wishes, fresh: ReadonlySet<Claim>, stage: number): Wishes {
  return {
    ...wishes,
    claims: wishes.claims.filter((claim) => !fresh.has(claim) || (claim.stage ?? 0) <= stage),
  };
}

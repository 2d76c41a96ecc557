import { type Claim, type ClaimChange, type Override, StaveError } from '@stave/api';
import { claimId, compareClaims, isStanding, sameKey } from './owners.js';

/** Claims and overrides after a change; plain data. */
export interface Wishes {
  /** In order of precedence. */
  readonly claims: readonly Claim[];
  readonly overrides: readonly Override[];
}

/** The wishes after a change. Throws `STAVE_CLAIM_NOT_OWNED` when the console releases what only others claim. */
export function applyChange(wishes: Wishes, change: ClaimChange): Wishes {
  const claims = new Map(wishes.claims.map((claim) => [claimId(claim), claim]));
  if (change.replaceAll) {
    for (const [id, claim] of claims) if (claim.owner === change.owner) claims.delete(id);
  }
  for (const key of change.release ?? []) {
    const id = claimId({ owner: change.owner, ...key });
    if (!claims.delete(id) && !isStanding(change.owner)) throw notOwned(wishes.claims, key.type, key.key);
  }
  for (const claim of change.set ?? []) {
    const full: Claim = { ...claim, owner: change.owner };
    claims.set(claimId(full), full);
  }
  return {
    claims: [...claims.values()].sort(compareClaims),
    overrides: mergeOverrides(wishes.overrides, change.overrides ?? []),
  };
}

const RELEASE_GESTURE: Readonly<Record<string, string>> = {
  boot: 'take it out of etc/stave.features.cfg',
  deploy: 'delete the file from deploy/',
  group: 'uninstall it from the group with the cluster command',
  local: 'release it on this node',
};

function notOwned(claims: readonly Claim[], type: string, key: string): StaveError {
  const others = claims.filter((claim) => sameKey(claim, { type, key }));
  if (others.length === 0) {
    return new StaveError('STAVE_CLAIM_NOT_OWNED', `${type} ${key} is not claimed by the console`, {
      remedy: `see ${type}:list for what is installed`,
      details: { type, key, owners: [] },
    });
  }
  const owners = others.map((claim) => claim.owner);
  const gestures = owners.map((owner) => RELEASE_GESTURE[owner.split(':')[0] ?? ''] ?? 'release it there');
  return new StaveError(
    'STAVE_CLAIM_NOT_OWNED',
    `${type} ${key} is claimed by ${owners.join(', ')}, not by the console`,
    {
      remedy: [...new Set(gestures)].join('; '),
      details: { type, key, owners },
    },
  );
}

function mergeOverrides(before: readonly Override[], changes: readonly Override[]): readonly Override[] {
  const merged = new Map(before.map((override) => [override.bundle, override]));
  for (const change of changes) {
    const { stopped, startLevel } = { ...merged.get(change.bundle), ...change };
    if (stopped || startLevel) {
      merged.set(change.bundle, {
        bundle: change.bundle,
        ...(stopped ? { stopped } : {}),
        ...(startLevel ? { startLevel } : {}),
      });
    } else {
      merged.delete(change.bundle);
    }
  }
  return [...merged.values()].sort((a, b) => (a.bundle < b.bundle ? -1 : 1));
}

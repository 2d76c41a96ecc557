import type { Claim, ClaimKey, ClaimRef, Owner } from '@stave/api';

/** Precedence of owners where their values conflict: lower comes first. */
function rank(owner: Owner): number {
  if (owner === 'console') return 0;
  if (owner === 'local') return 1;
  if (owner.startsWith('deploy:')) return 2;
  if (owner.startsWith('group:')) return 3;
  return 4;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of owners whose values conflict: the first has its way. */
export function compareOwners(a: Owner, b: Owner): number {
  return rank(a) - rank(b) || compareText(a, b);
}

/** Order of claims: precedence of the owner, its name, stage, type, key; never age. */
export function compareClaims(a: Claim, b: Claim): number {
  return (
    compareOwners(a.owner, b.owner) ||
    (a.stage ?? 0) - (b.stage ?? 0) ||
    compareText(a.type, b.type) ||
    compareText(a.key, b.key)
  );
}

/** Whether an owner makes gestures, which are refused when they cannot be met, or keeps standing claims. */
export function isStanding(owner: Owner): boolean {
  return owner !== 'console';
}

export function claimId(claim: ClaimRef): string {
  return `${claim.owner}\0${claim.type}\0${claim.key}`;
}

export function sameKey(a: ClaimKey, b: ClaimKey): boolean {
  return a.type === b.type && a.key === b.key;
}

export function refOf(claim: ClaimRef): ClaimRef {
  return { owner: claim.owner, type: claim.type, key: claim.key };
}

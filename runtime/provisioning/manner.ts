import type { ClaimChange, ClaimRef, Plan, Unmet } from '@stave/api';
import type { Wishes } from './claim-book.js';
import type { Gathered } from './gatherer.js';
import { claimId } from './owners.js';

/** A change with all that decides how it is carried out. */
export interface Manner {
  readonly change: ClaimChange;
  readonly wishes: Wishes;
  readonly gathered: Gathered;
  /** `undo`: a failing start refuses the change. `set aside`: it sets its claims aside. */
  readonly failingStarts: 'undo' | 'set aside';
  /** Starts all that is to be started, though nothing about it changes. */
  readonly startAll: boolean;
  /** Claims that are left out from the start, since they failed before. */
  readonly aside: Map<string, Unmet>;
}

/** What may not be used in a plan, found out by trying. */
export interface Refused {
  /** By location: a new revision that did not start. */
  readonly rejected: Map<string, { readonly code: string; readonly reason: string }>;
  /** By claim. */
  readonly aside: Map<string, Unmet>;
}

/** Claims that failed to start stay aside until they are asked for again, whoever asks. */
export function stillAside(
  failed: readonly Unmet[],
  { set = [], repin = [] }: ClaimChange,
): Map<string, Unmet> {
  const asked = ({ claim }: Unmet): boolean => {
    const name = claim.key.split('/', 1)[0];
    return (
      set.some(({ type, key }) => type === claim.type && key.split('/', 1)[0] === name) ||
      repin === true ||
      repin.includes(`${claim.type}:${name}`)
    );
  };
  return new Map(failed.filter((unmet) => !asked(unmet)).map((unmet) => [claimId(unmet.claim), unmet]));
}

/** The claims that a change sets. */
export function askedClaims({ owner, set = [] }: ClaimChange): readonly ClaimRef[] {
  return set.map(({ type, key }) => ({ owner, type, key }));
}

/** Claims that a plan sets aside, or for another reason than before: whoever makes a gesture is not told what it has not changed. */
export function setAsideOf(before: readonly Unmet[], after: readonly Unmet[]): Plan['setAside'] {
  const known = new Map(before.map((unmet) => [claimId(unmet.claim), unmet.reason]));
  return after
    .filter(({ claim, reason }) => known.get(claimId(claim)) !== reason)
    .map(({ claim, code, reason }) => ({
      owner: claim.owner,
      type: claim.type,
      key: claim.key,
      code,
      reason,
    }));
}

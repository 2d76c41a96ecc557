import type { Claim, StaveError } from '@stave/api';
import { compareVersions } from '../base/version.js';
import type { CatalogView } from './catalog-view.js';
import { type ClaimClosure, claimClosure } from './claim-closure.js';
import { type FeatureReference, parseFeatureReference } from './feature-reference.js';
import type { ContentWants } from './feature-wants.js';
import { type SelectedFeature, type SelectedPart, selectFeatures } from './selection.js';
import { unknownFeature } from './unknown-feature.js';
import type { PinnedVersions } from './version-choice.js';

/** A claim that cannot be met, and why. */
export interface RefusedClaim {
  readonly claim: Claim;
  readonly error: StaveError;
}

/** Which claims can be met together, and what they come down to. */
export interface Settlement {
  readonly closures: readonly ClaimClosure[];
  readonly refused: readonly RefusedClaim[];
  /** By name, newest first: what to pin. */
  readonly versions: PinnedVersions;
}

export interface SettlementInput {
  readonly view: CatalogView;
  wantsOf(feature: SelectedFeature, part: SelectedPart): ContentWants;
}

/** How often versions that were chosen may make better ones possible, before what was found is taken. */
const MAX_ROUNDS = 5;

/** Finds the claims that can be met together, so that asking again with the versions that were chosen gives the same. */
export function settleClaims(
  input: SettlementInput,
  pinned: PinnedVersions,
  claims: readonly Claim[],
): Settlement {
  let pins = pinned;
  let settled = settleOnce(input, pins, claims);
  for (let round = 0; round < MAX_ROUNDS && !sameVersions(pins, settled.versions); round++) {
    pins = settled.versions;
    settled = settleOnce(input, pins, claims);
  }
  return settled;
}

function sameVersions(a: PinnedVersions, b: PinnedVersions): boolean {
  return a.size === b.size && [...a].every(([name, versions]) => versions.join() === b.get(name)?.join());
}

/**
 * Finds the claims that can be met together. What is refused leaves no trace in what the others get; and as it may have
 * spoilt another claim before it was refused, each is tried again with the others settled, by key, then owner.
 */
function settleOnce(input: SettlementInput, pinned: PinnedVersions, claims: readonly Claim[]): Settlement {
  let settled = dropRefused(input, pinned, claims);
  let open = [...settled.refused].sort((a, b) => compare(a.claim, b.claim));
  // One that comes in may bring the version that makes another possible, so they are gone through until none comes in.
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    const refused: RefusedClaim[] = [];
    for (const each of open) {
      const pins = settled.versions.size === 0 ? pinned : new Map([...pinned, ...settled.versions]);
      const { claim } = each;
      const together = canStandAlone(input, pins, claim)
        ? tryWith(input, pins, settled, claim, claims)
        : undefined;
      if (together) settled = together;
      else refused.push(each);
    }
    open = refused;
  }
  return { ...settled, refused: open };
}

function compare(a: Claim, b: Claim): number {
  const [one, two] = [`${a.key}\n${a.owner}`, `${b.key}\n${b.owner}`];
  return one < two ? -1 : one > two ? 1 : 0;
}

function canStandAlone(input: SettlementInput, pinned: PinnedVersions, claim: Claim): boolean {
  return follow(input, pinned, [claim]).every((closure) => refusal(closure, input) === undefined);
}

function tryWith(
  input: SettlementInput,
  pinned: PinnedVersions,
  settled: Settlement,
  claim: Claim,
  order: readonly Claim[],
): Settlement | undefined {
  const wanted = new Set([claim, ...settled.closures.map((closure) => closure.claim)]);
  const together = dropRefused(
    input,
    pinned,
    order.filter((each) => wanted.has(each)),
  );
  return together.refused.length === 0 ? together : undefined;
}

function dropRefused(input: SettlementInput, pinned: PinnedVersions, claims: readonly Claim[]): Settlement {
  const refused: RefusedClaim[] = [];
  let open = claims;
  for (;;) {
    const closures = follow(input, pinned, open);
    const dropped = closures.flatMap((closure) => {
      const error = refusal(closure, input);
      return error ? [{ claim: closure.claim, error }] : [];
    });
    if (dropped.length === 0) return { closures, refused, versions: versionsOf(closures) };
    refused.push(...dropped);
    const gone = new Set(dropped.map(({ claim }) => claim));
    open = open.filter((claim) => !gone.has(claim));
  }
}

function follow({ view }: SettlementInput, pinned: PinnedVersions, claims: readonly Claim[]): ClaimClosure[] {
  const references: FeatureReference[] = claims.map(({ key }) => parseFeatureReference(key));
  const selection = selectFeatures(view, pinned, references);
  return claims.map((claim, index) => claimClosure(claim, references[index]!, selection));
}

/** The reason why a claim cannot be met, if there is one. */
function refusal({ features, missing }: ClaimClosure, input: SettlementInput): StaveError | undefined {
  if (missing[0]) return unknownFeature(missing[0], input.view);
  for (const feature of features) {
    for (const part of feature.parts) {
      const wants = input.wantsOf(feature, part);
      if ('problem' in wants) return wants.problem;
    }
  }
  return undefined;
}

function versionsOf(closures: readonly ClaimClosure[]): PinnedVersions {
  const versions = new Map<string, Set<string>>();
  for (const { features } of closures) {
    for (const { description } of features) {
      const known = versions.get(description.name) ?? new Set();
      versions.set(description.name, known.add(description.version));
    }
  }
  return new Map(
    [...versions].map(([name, known]) => [name, [...known].sort((a, b) => compareVersions(b, a))]),
  );
}

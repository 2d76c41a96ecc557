import {
  type BundleWant,
  type ClaimRef,
  type ErrorCode,
  type Manifest,
  type ResourceType,
  StaveError,
  type Unmet,
} from '@stave/api';
import { type Assembly, assemble, type BundleFailure, type Candidate } from './assembler.js';
import type { Wishes } from './claim-book.js';
import { expandClaims, type Wishlist } from './expander.js';
import type { Gathered } from './gatherer.js';
import { claimId, isStanding } from './owners.js';
import type { ArtifactPin, NodeState } from './state.js';

export interface PlannerInput {
  readonly types: readonly ResourceType[];
  readonly wishes: Wishes;
  readonly state: NodeState;
  readonly gathered: Gathered;
  readonly manifest: (digest: string) => Manifest | undefined;
  readonly system: Readonly<Record<string, string>>;
  readonly repin: readonly string[] | true;
  readonly noRefresh: boolean;
  /** Locations whose new revision is not to be used, because it failed to start; with the reason. */
  readonly rejected: ReadonlyMap<string, { readonly code: string; readonly reason: string }>;
  /** Claims that are left out from the start, with the reason. */
  readonly aside: ReadonlyMap<string, Unmet>;
}

export type Planned = Extract<PlannerResult, { kind: 'planned' }>;

export type PlannerResult =
  | { readonly kind: 'missing'; readonly locations: readonly string[] }
  | {
      readonly kind: 'planned';
      readonly assembly: Assembly;
      readonly wishlist: Wishlist;
      readonly unmet: readonly Unmet[];
      /** The artifact of each location that is wanted. */
      readonly artifacts: Readonly<Record<string, ArtifactPin>>;
    };

/** Wants that cannot be met are left out one after the other; each round leaves out at least one, so it ends. */
export function plan(input: PlannerInput): PlannerResult {
  const aside = new Map(input.aside);
  const rejected = new Map(input.rejected);
  const tolerated = new Map<string, BundleFailure>();
  for (;;) {
    const pins = featurePins(input.state.pins, input.repin);
    const wishlist = expandClaims(input.types, input.wishes.claims, pins, new Set(aside.keys()));
    const choose = chooser(input, rejected);
    const bundleWants = wishlist.wants.filter((want) => want.kind === 'bundle');
    const assembly = assemble({
      wants: bundleWants,
      candidate: (location) => choose(location).candidate,
      current: input.state.bundles,
      lost: input.state.lost,
      overrides: input.wishes.overrides,
      nextId: input.state.nextBundleId,
      system: input.system,
      repin:
        input.repin === true
          ? 'all'
          : new Set(input.repin.flatMap((pin) => (pin.startsWith('wire:') ? [pin.slice(5)] : []))),
      noRefresh: input.noRefresh,
    });
    if (assembly.missing.length > 0) return { kind: 'missing', locations: assembly.missing };
    const open = assembly.failures.filter((failure) => !tolerated.has(failure.location));
    if (open.length === 0) {
      const artifacts: Record<string, ArtifactPin> = {};
      for (const { location } of bundleWants) {
        const { pin } = choose(location);
        if (pin) artifacts[location] = pin;
      }
      return {
        kind: 'planned',
        assembly,
        wishlist,
        artifacts,
        unmet: mergeUnmet([
          ...input.gathered.unmet,
          ...wishlist.unmet,
          ...aside.values(),
          ...[...tolerated.values()].flatMap(toUnmet),
          ...bundleWants.flatMap((want) => lastGoodUnmet(want, choose(want.location))),
        ]),
      };
    }
    for (const failure of open) setAside(failure, input, { aside, rejected, tolerated });
  }
}

interface Choice {
  readonly candidate: Candidate | { readonly code: string; readonly reason: string } | undefined;
  readonly pin: ArtifactPin | undefined;
}

type Reason = { readonly code: string; readonly reason: string };

/** The artifact for a location: what was gathered now, else what is pinned; the last good one where the new one is no use. */
function chooser(input: PlannerInput, rejected: ReadonlyMap<string, Reason>): (location: string) => Choice {
  return (location) => {
    const fresh = freshPin(location, input);
    const failure = input.gathered.failures.get(location);
    const problem = rejected.get(location) ?? (failure && { code: failure.code, reason: failure.message });
    const pinned = input.state.artifacts[location];
    const pin = fresh && !rejected.has(location) ? fresh : pinned && lastGood(pinned, problem, fresh);
    const manifest = pin && input.manifest(pin.digest);
    if (manifest) return { candidate: { location, digest: pin.digest, manifest }, pin };
    return { candidate: problem, pin };
  };
}

/** What was gathered now; else a revision that could not be resolved before: what it lacked may be there. */
function freshPin(location: string, { gathered, state, manifest }: PlannerInput): ArtifactPin | undefined {
  const fresh = gathered.pins.get(location);
  if (fresh || gathered.failures.has(location)) return fresh;
  const { code, digest, fingerprint } = state.artifacts[location]?.refused ?? {};
  if (code !== 'STAVE_RESOLVE_FAILED' || digest === undefined || !manifest(digest)) return undefined;
  return { digest, ...(fingerprint === undefined ? {} : { fingerprint }) };
}

function lastGood(
  pinned: ArtifactPin,
  problem: Reason | undefined,
  fresh: ArtifactPin | undefined,
): ArtifactPin {
  if (!problem) return pinned;
  const { code, reason } = problem;
  return { ...pinned, refused: { code, reason, ...fresh } };
}

/** Decides what becomes of a bundle that cannot be had or resolved. */
function setAside(
  failure: BundleFailure,
  input: PlannerInput,
  sets: {
    readonly aside: Map<string, Unmet>;
    readonly rejected: Map<string, { code: string; reason: string }>;
    readonly tolerated: Map<string, BundleFailure>;
  },
): void {
  const pinned = input.state.artifacts[failure.location];
  const fresh = freshPin(failure.location, input);
  if (pinned && fresh && fresh.digest !== pinned.digest && !sets.rejected.has(failure.location)) {
    sets.rejected.set(failure.location, failure);
    return;
  }
  const { bundles, lost } = input.state;
  const installed = [...bundles, ...lost].some((spec) => spec.location === failure.location);
  const direct = failure.claims.every((claim) => claim.type === 'bundle' && isStanding(claim.owner));
  if (installed || direct) {
    // It stays as it is, INSTALLED and waiting, so that the user sees it and it comes back by itself.
    sets.tolerated.set(failure.location, failure);
    return;
  }
  for (const unmet of toUnmet(failure)) {
    // What could not be had comes first, and is why others of the same claim miss it.
    const id = claimId(unmet.claim);
    if (!sets.aside.has(id)) sets.aside.set(id, unmet);
  }
}

function toUnmet(failure: BundleFailure): readonly Unmet[] {
  return failure.claims.map((claim) => ({ claim, code: failure.code, reason: failure.reason }));
}

/** Claims that are met by the last good revision only, because the new one could not be gathered, resolved or started. */
function lastGoodUnmet(want: BundleWant, { pin }: Choice): readonly Unmet[] {
  if (!pin?.refused) return [];
  const { code, reason } = pin.refused;
  return want.claims.map((claim) => ({ claim, code, reason }));
}

function mergeUnmet(list: readonly Unmet[]): readonly Unmet[] {
  const merged = new Map<string, Unmet>();
  for (const unmet of list) if (!merged.has(claimId(unmet.claim))) merged.set(claimId(unmet.claim), unmet);
  return [...merged.values()].sort((a, b) => (claimId(a.claim) < claimId(b.claim) ? -1 : 1));
}

function featurePins(
  pins: Readonly<Record<string, string>>,
  repin: readonly string[] | true,
): Readonly<Record<string, string>> {
  if (repin === true) return {};
  return Object.fromEntries(Object.entries(pins).filter(([key]) => !repin.includes(key)));
}

/** Refuses a console gesture that cannot be met, or that would take from others what they have. */
export function refuseUnmetGesture(
  before: readonly Unmet[],
  after: readonly Unmet[],
  asked: readonly ClaimRef[],
  force: boolean,
): void {
  const known = new Set(before.map((unmet) => claimId(unmet.claim)));
  const own = new Set(asked.map(claimId));
  for (const unmet of after) {
    const id = claimId(unmet.claim);
    if (own.has(id)) throw new StaveError(unmet.code as ErrorCode, unmet.reason, remedyOf(unmet));
    if (!known.has(id) && !force) {
      throw new StaveError(
        'STAVE_CLAIM_NEEDED',
        `${unmet.claim.type} ${unmet.claim.key} of ${unmet.claim.owner} would be set aside: ${unmet.reason}`,
      );
    }
  }
}

/** Some reasons end with their remedy already, as the messages of errors do; others get the default of their code. */
function remedyOf(unmet: Unmet): { readonly remedy?: string } {
  return unmet.reason.includes('; ') ? { remedy: '' } : {};
}

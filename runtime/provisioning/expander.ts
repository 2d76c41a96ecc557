import type { Claim, ExpandContext, JsonObject, Owner, ResourceType, Unmet, Want } from '@stave/api';
import { claimId, compareOwners } from './owners.js';

/** What all claims together come down to. */
export interface Wishlist {
  /** In order of precedence of their owners. */
  readonly wants: readonly Want[];
  readonly unmet: readonly Unmet[];
  readonly pins: Readonly<Record<string, string>>;
  readonly observed: Readonly<Record<string, JsonObject>>;
  readonly notes: readonly string[];
}

/**
 * Expands the claims of every type. Pure as far as the types are.
 *
 * @param claims in order of precedence
 * @param aside ids of claims that are left out
 */
export function expandClaims(
  types: readonly ResourceType[],
  claims: readonly Claim[],
  pins: Readonly<Record<string, string>>,
  aside: ReadonlySet<string>,
): Wishlist {
  const counted = claims.filter((claim) => !aside.has(claimId(claim)));
  const claimsOf = (type: string): readonly Claim[] => counted.filter((claim) => claim.type === type);
  const wants: Want[] = [];
  const unmet: Unmet[] = [];
  const nextPins: Record<string, string> = {};
  const observed: Record<string, JsonObject> = {};
  const notes: string[] = [];
  for (const type of types) {
    const context: ExpandContext = { claims: claimsOf(type.name), claimsOf, pins };
    const expansion = type.expand(context);
    wants.push(...expansion.wants);
    unmet.push(...expansion.unmet);
    Object.assign(nextPins, expansion.pins);
    observed[type.name] = expansion.observed;
    notes.push(...(expansion.notes ?? []));
  }
  return { wants: wants.sort(byPrecedence), unmet, pins: nextPins, observed, notes };
}

/** Wants of different types may conflict, too; those of one owner stay in the order of their types. */
function byPrecedence(a: Want, b: Want): number {
  const [first, second] = [bestOwner(a), bestOwner(b)];
  if (first === undefined || second === undefined) return first === second ? 0 : first === undefined ? 1 : -1;
  return compareOwners(first, second);
}

function bestOwner({ claims }: Want): Owner | undefined {
  return claims.map((claim) => claim.owner).sort(compareOwners)[0];
}

import type { Claim, ClaimKey } from './claims.js';
import type { AbortOptions, Disposable, JsonObject } from './disposable.js';
import { serviceToken } from './token.js';

/** Something that claims come down to. */
export type Want = BundleWant | ConfigurationWant | FileWant;

export interface BundleWant {
  readonly kind: 'bundle';
  /** Absolute location. */
  readonly location: string;
  /** Default true. False: resolved only. */
  readonly start?: boolean;
  readonly startLevel?: number;
  /** Subresource integrity string that the artifact must have. */
  readonly integrity?: string;
  /** Only brought in when some requirement needs it. */
  readonly dependency?: boolean;
  /** Who wants it, shown in reasons: `feature greeter/1.0.0`, `console`. */
  readonly by: string;
  /** Claims that it follows from; when it cannot be met, they are set aside. */
  readonly claims: readonly ClaimRef[];
}

/** Written once, when its claim appears, and only where the PID is absent; taken back when it is still as written. */
export interface ConfigurationWant {
  readonly kind: 'configuration';
  readonly pid: string;
  readonly properties: JsonObject;
  /** `file`: becomes a file in etc/. `memory`: lives as long as its claim. */
  readonly persist: 'file' | 'memory';
  readonly by: string;
  readonly claims: readonly ClaimRef[];
}

/** A file below the home; the same rules as for configurations. */
export interface FileWant {
  readonly kind: 'file';
  /** Path relative to the home, with forward slashes. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly by: string;
  readonly claims: readonly ClaimRef[];
}

export type ClaimRef = Pick<Claim, 'owner'> & ClaimKey;

/** Why a claim cannot be met. */
export interface Unmet {
  readonly claim: ClaimRef;
  readonly code: string;
  readonly reason: string;
}

export interface Expansion {
  readonly wants: readonly Want[];
  readonly unmet: readonly Unmet[];
  /** Choices made, to be kept: `feature:greeter` → `1.0.0`. Pins that no longer count are left out. */
  readonly pins: Readonly<Record<string, string>>;
  /** What became of the claims, for the type's own displays; kept in the state. */
  readonly observed: JsonObject;
  /** What the user should know, shown with the plan. */
  readonly notes?: readonly string[];
}

/** All that an expansion may look at; it must not look at anything else. */
export interface ExpandContext {
  /** Claims of this type, in order of precedence of their owners, then by key. Those already set aside are left out. */
  readonly claims: readonly Claim[];
  /** Claims of another type, in the same order. */
  claimsOf(type: string): readonly Claim[];
  readonly pins: Readonly<Record<string, string>>;
}

export interface GatherContext extends Required<AbortOptions> {
  /** All claims of this type as they will be. */
  readonly claims: readonly Claim[];
  claimsOf(type: string): readonly Claim[];
  readonly pins: Readonly<Record<string, string>>;
  /** Locations to fetch again although they are known. */
  readonly update: ReadonlySet<string>;
}

/** A kind of thing that can be claimed: how its claims are checked, what they need from outside, what they come down to. */
export interface ResourceType {
  readonly name: string;
  /** Throws a StaveError for a malformed claim; a pure function. */
  check(claim: Claim): void;
  /** Fetches what `expand` needs; changes only caches. A claim whose things cannot be had is reported, the rest goes on. */
  gather(context: GatherContext): Promise<readonly Unmet[]>;
  /** A pure function of the context and of what was gathered. */
  expand(context: ExpandContext): Expansion;
}

export interface ResourceTypes {
  add(type: ResourceType): Disposable;
  get(name: string): ResourceType | undefined;
}
export const ResourceTypes = serviceToken<ResourceTypes>('stave.ResourceTypes', 1);

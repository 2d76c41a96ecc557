import type { JsonObject } from '@stave/api';
import type { Explanation } from './explanation.js';

/** The namespace of packages; `uses` names packages. */
export const PACKAGES = 'stave.package';

/** What is offered. */
export interface Capability {
  readonly namespace: string;
  readonly name?: string;
  readonly version?: string;
  readonly attributes: JsonObject;
  /** Packages that a user of this one meets through it. */
  readonly uses?: readonly string[];
}

/** What is needed: a capability of that namespace that fits all that is said beside it. */
export interface Requirement {
  readonly namespace: string;
  readonly name?: string;
  /** npm range or OSGi interval. */
  readonly range?: string;
  /** LDAP filter over the attributes, `name` and `version`; a version among them is compared as one. */
  readonly filter?: string;
  readonly optional: boolean;
  /** `active` ones never hold up resolving: they are treated as optional. */
  readonly effective: 'resolve' | 'active';
}

/** Something that can be wired: a bundle, a library, the runtime itself. */
export interface Resource {
  /** Unique; also the last tie-breaker. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly capabilities: readonly Capability[];
  readonly requirements: readonly Requirement[];
  /** Whether its prerelease version also counts as the release. */
  readonly prereleaseAsRelease?: boolean;
}

/** The binding of a requirement; the provider may be the requirer itself. */
export interface Wire {
  readonly requirer: string;
  readonly requirement: Requirement;
  readonly provider: string;
  readonly capability: Capability;
}

export interface ResolveInput {
  /** All that is there, the resolved ones included. */
  readonly resources: readonly Resource[];
  /** Ids of those that must be resolved. */
  readonly roots: readonly string[];
  /** Wires of those that are resolved already. They are kept while they are possible; optional ones that were not wired stay so. */
  readonly wired: ReadonlyMap<string, readonly Wire[]>;
  /** Choices to keep where they are possible: id of the requirer → name of the capability → id of the provider. */
  readonly preferred?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Resolved ones that may be wired anew when there is no other solution. */
  readonly mayRewire?: ReadonlySet<string>;
}

/** An optional requirement that has no wire. */
export interface DroppedRequirement {
  readonly requirer: string;
  readonly requirement: Requirement;
  readonly reason: string;
}

export interface ResolveResult {
  /** Of each resource that is newly resolved, or wired otherwise than before, all its wires. */
  readonly wires: ReadonlyMap<string, readonly Wire[]>;
  readonly dropped: readonly DroppedRequirement[];
  /** Why roots cannot be resolved. All the others are. */
  readonly unresolved: ReadonlyMap<string, Explanation>;
}

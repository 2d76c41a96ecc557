import type { Claim, ClaimRef, JsonObject, Override, Unmet } from '@stave/api';
import type { ConfigurationState, FileWrite } from '../config/configuration-edit.js';
import type { BundleSpec } from '../framework/bundle-entry.js';

export const STATE_FORMAT = 1;

/** The artifact chosen for a location, and how its source looked. */
export interface ArtifactPin {
  readonly digest: string;
  readonly fingerprint?: string;
  /** Why this one, the last good, is in force and not what the source holds now. */
  readonly refused?: RefusedArtifact;
}

export interface RefusedArtifact {
  readonly code: string;
  readonly reason: string;
  /** Absent when there is none, since the source could not be prepared. */
  readonly digest?: string;
  readonly fingerprint?: string;
}

/** A file below the home to write after the commit. */
export type HomeWrite = FileWrite & {
  /** How `content` stands for bytes that are no text. */
  readonly encoding?: 'base64';
};

/** A configuration or file that a claim brought; written once. */
export interface WrittenFile {
  /** `pid:acme.greeter` or `file:etc/greeter.txt` */
  readonly key: string;
  /** Digest of what was written; null when something was there already. */
  readonly digest: string | null;
  readonly claims: readonly ClaimRef[];
}

/** Content of `data/state.json`: all that cannot be made again. */
export interface NodeState {
  readonly format: number;
  /** Number of commits. */
  readonly revision: number;
  readonly nextBundleId: number;
  readonly claims: readonly Claim[];
  readonly unmet: readonly Unmet[];
  /** Those set aside since a bundle of theirs did not start; not tried again with every change of anybody. */
  readonly failed: readonly Unmet[];
  readonly overrides: readonly Override[];
  readonly pins: Readonly<Record<string, string>>;
  readonly artifacts: Readonly<Record<string, ArtifactPin>>;
  readonly bundles: readonly BundleSpec[];
  /** Bundles that are wanted, but whose artifact is gone and cannot be had now; they keep their ids and data for when it can. */
  readonly lost: readonly BundleSpec[];
  readonly configurations: ConfigurationState;
  readonly written: readonly WrittenFile[];
  readonly outbox: readonly HomeWrite[];
  /** What resource types remember of their last expansion. */
  readonly observed: Readonly<Record<string, JsonObject>>;
  /** Digests that the last three commits let go; the store keeps them. */
  readonly dropped: readonly (readonly string[])[];
}

export const EMPTY_STATE: NodeState = {
  format: STATE_FORMAT,
  revision: 0,
  nextBundleId: 1,
  claims: [],
  unmet: [],
  failed: [],
  overrides: [],
  pins: {},
  artifacts: {},
  bundles: [],
  lost: [],
  configurations: { revision: 0, records: [] },
  written: [],
  outbox: [],
  observed: {},
  dropped: [],
};

import type { AbortOptions, JsonObject } from './disposable.js';
import type { Manifest } from './manifest.js';
import { serviceToken } from './token.js';

/** A bundle or library, ready to be planned: checked, with its production dependencies inside, in the store. */
export interface PreparedArtifact {
  /** SHA-256 of the uncompressed tar, in hex. */
  readonly digest: string;
  /** Folder with its files, read only. */
  readonly root: string;
  readonly manifest: Manifest;
  /** Unpacked size in bytes. */
  readonly size: number;
  /** What the source looked like, to see without reading whether it changed (files only). */
  readonly fingerprint: string | undefined;
}

export interface FetchOptions extends AbortOptions {
  /** Fetch again although it is known. */
  readonly update?: boolean;
  /** Digest to take from the store, when it is there. */
  readonly pinned?: string;
  readonly integrity?: string;
}

/** The content-addressed store, and the ways into it. */
export interface Artifacts {
  /**
   * Absolute form of a location. A relative one is resolved against `base`: the URL of a descriptor, or a folder.
   * Throws `STAVE_LOCATION_INVALID`, or `STAVE_LOCATION_RELATIVE` without a base.
   */
  resolve(location: string, base?: string): string;
  /** Fetches and prepares a bundle, library, archive or single file. */
  prepare(location: string, options?: FetchOptions): Promise<PreparedArtifact>;
  /** Fetches a small file, such as a descriptor; falls back to the copy in the store when its source is not reachable. */
  read(
    location: string,
    options?: FetchOptions,
  ): Promise<{ readonly content: Uint8Array; readonly digest: string }>;
  /** One that is in the store already. */
  stored(digest: string): PreparedArtifact | undefined;
  /** Whether a `file:` source still looks as it did; a stat, not a hash. */
  unchanged(location: string, fingerprint: string): Promise<boolean>;
  readonly info: () => JsonObject;
}
export const Artifacts = serviceToken<Artifacts>('stave.Artifacts', 1);

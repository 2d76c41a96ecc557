import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClaimChange, type ClaimStatus, type Deployment, toStaveError } from '@stave/api';
import { classify, type FileKind } from './classify.js';
import type { Look } from './deployed-file.js';
import type { ExclusiveName, ExclusiveNames } from './exclusive-names.js';
import { fileClaims, type TextReaders } from './file-claims.js';
import { fingerprint } from './fingerprint.js';
import { ledgerOf, ownerOf } from './ledger.js';

/** A file as it is from outside. */
export interface Sight {
  readonly name: string;
  readonly path: string;
  readonly kind: FileKind;
  /** Undefined when it is gone. */
  readonly print: string | undefined;
}

/** What a file needs: a change of its claims, or nothing, since this is what became of it. */
export type Finding = { readonly change: ClaimChange } | { readonly look: Look };

export interface FileFinderParts {
  /** Absolute path of deploy/. */
  readonly folder: string;
  readonly names: ExclusiveNames;
  readonly readers: TextReaders;
  /** Has the inside of a folder watched. */
  follow(name: string): Promise<void>;
  /** Told that a name is free again. */
  freed(name: ExclusiveName): void;
}

/** Compares files with their claims. */
export class FileFinder {
  readonly #parts: FileFinderParts;

  constructor(parts: FileFinderParts) {
    this.#parts = parts;
  }

  async see(name: string): Promise<Sight> {
    const path = join(this.#parts.folder, name);
    // Watched before it is looked at, so that no change falls between.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) await this.#parts.follow(name);
    const [kind, print] = await Promise.all([classify(path, name), fingerprint(path)]);
    return { name, path, kind, print };
  }

  async find(sight: Sight, claims: readonly ClaimStatus[]): Promise<Finding> {
    const { name, path, kind, print } = sight;
    if (print === undefined || kind.kind === 'gone' || kind.kind === 'ignored') {
      for (const freed of this.#parts.names.release(name)) this.#parts.freed(freed);
      return claims.length > 0 ? { change: releaseOf(name) } : { look: { kind: 'gone' } };
    }
    if (ledgerOf(claims)?.fingerprint === print) {
      return { look: { kind: 'claimed', unmet: claims.some(({ unmet }) => unmet !== undefined) } };
    }
    const taken = shownKind(kind);
    try {
      const ledger = { fingerprint: print, kind: taken, at: Date.now() };
      const { set, update, exclusive } = await fileClaims({ path, name, kind }, ledger, this.#parts.readers);
      const error = exclusive && this.#parts.names.take(exclusive, name);
      if (error) return { look: { kind: 'failed', error, taken, waitsFor: exclusive } };
      return { change: { owner: ownerOf(name), set, update, replaceAll: true, cause: 'deploy' } };
    } catch (cause) {
      const error = toStaveError(cause, 'STAVE_DEPLOY_UNSUPPORTED', path);
      return { look: { kind: 'failed', error, taken, waitsFor: undefined } };
    }
  }
}

/** How a kind of file is shown. */
export function shownKind({ kind }: FileKind): Deployment['kind'] {
  return kind === 'bundle' || kind === 'descriptor' || kind === 'configuration' ? kind : 'unknown';
}

/** The change for a file that is gone. */
export function releaseOf(name: string): ClaimChange {
  return { owner: ownerOf(name), set: [], replaceAll: true, cause: 'deploy' };
}

import {
  type Artifacts,
  type Claim,
  type ExpandContext,
  type Expansion,
  type GatherContext,
  type JsonObject,
  type ResourceType,
  StaveError,
  type Unmet,
} from '@stave/api';
import type { Catalog } from './catalog.js';
import type { KnownRepository } from './catalog-view.js';
import { reasonOf } from './source-files.js';

/** What the state keeps of a repository that can be seen. */
export interface ObservedRepository extends JsonObject {
  readonly name: string;
  /** SHA-256 of the descriptor in force. */
  readonly digest: string;
}

const PIN = 'repository:';

/** The digest in force of a repository, as a plan pinned it. */
export function pinnedRepository(
  pins: Readonly<Record<string, string>>,
): (url: string) => string | undefined {
  return (url) => pins[`${PIN}${url}`];
}

/**
 * Claims on repositories; the key is the absolute URL of a descriptor. They bring in nothing but what feature claims may
 * name. A new reading that fails leaves the last good descriptor in force, and is told as a note.
 */
export class RepositoryType implements ResourceType {
  readonly name = 'repository';
  readonly #catalog: Catalog;
  readonly #artifacts: Pick<Artifacts, 'resolve'>;

  constructor(catalog: Catalog, artifacts: Pick<Artifacts, 'resolve'>) {
    this.#catalog = catalog;
    this.#artifacts = artifacts;
  }

  check(claim: Claim): void {
    if (this.#artifacts.resolve(claim.key) === claim.key) return;
    throw new StaveError('STAVE_CLAIM_INVALID', `${claim.key} is not in its absolute form`);
  }

  async gather({ claims, pins, update, signal }: GatherContext): Promise<readonly Unmet[]> {
    await this.#catalog.load(
      claims.map(({ key }) => key),
      { signal, update, pinned: pinnedRepository(pins) },
    );
    return this.#unmet(claims);
  }

  expand({ claims }: ExpandContext): Expansion {
    const { repositories } = this.#catalog.view(claims.map(({ key }) => key));
    const good = repositories.flatMap(({ url, name, digest }) =>
      name === undefined || digest === undefined ? [] : [{ url, observed: { name, digest } }],
    );
    return {
      wants: [],
      unmet: this.#unmet(claims),
      pins: Object.fromEntries(good.map(({ url, observed }) => [`${PIN}${url}`, observed.digest])),
      observed: Object.fromEntries(good.map(({ url, observed }) => [url, observed])),
      notes: repositories.flatMap((repository) => problemNote(repository, claims)),
    };
  }

  #unmet(claims: readonly Claim[]): Unmet[] {
    return claims.flatMap(({ owner, type, key }): Unmet[] => {
      const source = this.#catalog.get(key);
      if (source?.value) return [];
      const error =
        source?.problem ?? new StaveError('STAVE_DOWNLOAD_FAILED', 'it has not been fetched', { where: key });
      return [{ claim: { owner, type, key }, code: error.code, reason: reasonOf(error) }];
    });
  }
}

/** A repository that was claimed and cannot be had is told as an unmet claim; the others only here. */
function problemNote({ url, problem, digest }: KnownRepository, claims: readonly Claim[]): string[] {
  if (!problem) return [];
  if (digest !== undefined) {
    return [
      `repository ${url}: the last good descriptor stays in force: ${problem.code}: ${reasonOf(problem)}`,
    ];
  }
  if (claims.some(({ key }) => key === url)) return [];
  return [`repository ${url} is left out: ${problem.code}: ${reasonOf(problem)}`];
}

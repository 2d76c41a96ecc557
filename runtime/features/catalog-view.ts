import type { StaveError } from '@stave/api';
import { parseRange } from '../base/range.js';
import { compareVersions } from '../base/version.js';
import type { Descriptor, FeatureDescription } from './descriptor.js';
import type { FeatureReference } from './feature-reference.js';
import type { KnownSource } from './source-files.js';

/** A descriptor, and the absolute URLs that it leads to. */
export interface LoadedDescriptor extends Descriptor {
  readonly urls: readonly string[];
}

/** A feature as a repository offers it. */
export interface KnownFeature {
  /** `name/version` */
  readonly id: string;
  readonly description: FeatureDescription;
  /** URL of its repository. */
  readonly repository: string;
}

/** A repository that can be seen; without a name when it was never read. */
export interface KnownRepository {
  readonly url: string;
  readonly name: string | undefined;
  readonly digest: string | undefined;
  readonly features: readonly FeatureDescription[];
  readonly problem: StaveError | undefined;
}

/** One name and version in two places; the first counts. */
export interface DuplicateFeature {
  readonly id: string;
  readonly first: KnownRepository;
  readonly second: KnownRepository;
}

/** What some repositories offer together. Never changes. */
export class CatalogView {
  /** By name, then URL. */
  readonly repositories: readonly KnownRepository[];
  readonly duplicates: readonly DuplicateFeature[];
  /** Versions by name, newest first. */
  readonly #versions = new Map<string, KnownFeature[]>();
  readonly #matching = new Map<string, readonly KnownFeature[]>();

  constructor(
    roots: readonly string[],
    descriptorAt: (url: string) => KnownSource<LoadedDescriptor> | undefined,
  ) {
    this.repositories = reachable(roots, descriptorAt);
    const origin = new Map<string, KnownRepository>();
    const duplicates: DuplicateFeature[] = [];
    for (const repository of this.repositories) {
      for (const description of repository.features) {
        const id = `${description.name}/${description.version}`;
        const first = origin.get(id);
        if (first) {
          duplicates.push({ id, first, second: repository });
          continue;
        }
        origin.set(id, repository);
        const versions = this.#versions.get(description.name) ?? [];
        versions.push({ id, description, repository: repository.url });
        this.#versions.set(description.name, versions);
      }
    }
    for (const versions of this.#versions.values()) {
      versions.sort((a, b) => compareVersions(b.description.version, a.description.version));
    }
    this.duplicates = duplicates;
  }

  /** Names of all features, sorted. */
  get names(): readonly string[] {
    return [...this.#versions.keys()].sort();
  }

  /** All versions of a feature, newest first. */
  versions(name: string): readonly KnownFeature[] {
    return this.#versions.get(name) ?? [];
  }

  /** The versions that a reference allows, newest first. */
  matching(reference: FeatureReference): readonly KnownFeature[] {
    const key = `${reference.name}/${reference.range}`;
    let found = this.#matching.get(key);
    if (!found) {
      const range = parseRange(reference.range);
      found = this.versions(reference.name).filter(({ description }) => range.includes(description.version));
      this.#matching.set(key, found);
    }
    return found;
  }
}

function reachable(
  roots: readonly string[],
  descriptorAt: (url: string) => KnownSource<LoadedDescriptor> | undefined,
): KnownRepository[] {
  const found = new Map<string, KnownRepository>();
  const waiting = [...roots];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (found.has(url)) continue;
    const source = descriptorAt(url);
    found.set(url, {
      url,
      name: source?.value?.name,
      digest: source?.value ? source.file?.digest : undefined,
      features: source?.value?.features ?? [],
      problem: source?.problem,
    });
    waiting.push(...(source?.value?.urls ?? []));
  }
  return [...found.values()].sort((a, b) => compare(a.name ?? '', b.name ?? '') || compare(a.url, b.url));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import type {
  Artifacts,
  ClaimStatus,
  Claims,
  FeatureDetails,
  FeatureInfo,
  Features,
  JsonObject,
  RepositoryInfo,
} from '@stave/api';
import { compareVersions, tryVersion } from '../base/version.js';
import type { Catalog } from './catalog.js';
import type { CatalogView, KnownFeature, KnownRepository } from './catalog-view.js';
import type { ObservedFeature } from './feature-expansion.js';
import { type FeatureReference, parseFeatureReference } from './feature-reference.js';
import type { ObservedRepository } from './repository-type.js';
import { reasonOf } from './source-files.js';

export interface FeatureDirectoryParts {
  readonly catalog: Catalog;
  readonly claims: Pick<Claims, 'list'>;
  readonly artifacts: Pick<Artifacts, 'resolve'>;
  /** What the expansion of a resource type left in the committed state. */
  observed(type: string): JsonObject | undefined;
}

/** Everything at one moment that the answers are made of. */
interface Look {
  readonly view: CatalogView;
  readonly installed: Readonly<Record<string, ObservedFeature>>;
  readonly features: readonly (FeatureReference & { readonly claim: ClaimStatus })[];
  readonly repositories: readonly ClaimStatus[];
}

/** Answers what there is, reading descriptors only when it is asked. */
export class FeatureDirectory implements Features {
  readonly #parts: FeatureDirectoryParts;

  constructor(parts: FeatureDirectoryParts) {
    this.#parts = parts;
  }

  async list(): Promise<readonly FeatureInfo[]> {
    const look = await this.#look();
    const known = look.view.names.flatMap((name) => look.view.versions(name));
    const offered = new Set(known.map(({ id }) => id));
    const vanished = Object.keys(look.installed).filter((id) => !offered.has(id));
    const unknown = look.features.filter(
      (reference) => reference.claim.unmet && look.view.matching(reference).length === 0,
    );
    return [
      ...known.map((feature) => featureInfo(feature, look)),
      ...vanished.map((id) => vanishedInfo(id, look)),
      ...unknown.map(({ name, range, claim }) => ({
        ...setAside([claim]),
        name,
        version: range === '*' ? '' : range,
        description: undefined,
        hidden: false,
        repository: '',
        required: true,
      })),
    ].sort((a, b) => compare(a.name, b.name) || byVersion(a.version, b.version));
  }

  async info(name: string, range = '*'): Promise<readonly FeatureDetails[]> {
    const look = await this.#look();
    return look.view.matching(parseFeatureReference(`${name}/${range}`)).map((feature) => ({
      ...featureInfo(feature, look),
      ...this.#details(feature),
    }));
  }

  async repositories(): Promise<readonly RepositoryInfo[]> {
    const look = await this.#look();
    return look.view.repositories.map((repository) => {
      const claims = look.repositories.filter(({ key }) => key === repository.url);
      return {
        name: repository.name ?? '',
        url: repository.url,
        features: repository.features.length,
        owners: ownersOf(claims),
        problem: repositoryProblem(repository, look.view),
      };
    });
  }

  async #look(): Promise<Look> {
    const { catalog, claims, observed } = this.#parts;
    const list = claims.list();
    const repositories = list.filter(({ type }) => type === 'repository');
    const urls = repositories.map(({ key }) => key);
    const inForce = (observed('repository') ?? {}) as Readonly<Record<string, ObservedRepository>>;
    await catalog.load(urls, {
      // There is nobody who could abort a display; each reading has its own time limit.
      signal: new AbortController().signal,
      update: new Set(),
      pinned: (url) => inForce[url]?.digest,
    });
    return {
      view: catalog.view(urls),
      installed: (observed('feature') ?? {}) as Readonly<Record<string, ObservedFeature>>,
      features: list
        .filter(({ type }) => type === 'feature')
        .map((claim) => ({ ...parseFeatureReference(claim.key), claim })),
      repositories,
    };
  }

  #details({ description, repository }: KnownFeature): Omit<FeatureDetails, keyof FeatureInfo> {
    const absolute = (location: string): string => this.#parts.artifacts.resolve(location, repository);
    return {
      features: description.features,
      bundles: description.bundles.map(({ location, startLevel, start }) => ({
        location: absolute(location),
        startLevel: startLevel ?? description.startLevel,
        start: start ?? true,
      })),
      configurations: description.configs.map(({ pid }) => pid),
      files: description.configFiles.map(({ finalName }) => finalName),
      conditionals: description.conditionals.map(({ condition, bundles }) => ({
        condition: condition.map(({ name, range }) => (range === '*' ? name : `${name}/${range}`)),
        bundles: bundles.map(({ location }) => absolute(location)),
      })),
    };
  }
}

type Standing = Pick<FeatureInfo, 'state' | 'required' | 'owners' | 'problem'>;

function featureInfo(feature: KnownFeature, look: Look): FeatureInfo {
  const { name, version, description, hidden } = feature.description;
  return { name, version, description, hidden, repository: feature.repository, ...standing(feature, look) };
}

function standing(feature: KnownFeature, look: Look): Standing {
  const installed = look.installed[feature.id];
  if (installed) return installedStanding(installed);
  const asking = look.features
    .filter((reference) => reference.claim.unmet && look.view.matching(reference)[0]?.id === feature.id)
    .map(({ claim }) => claim);
  if (asking.length > 0) return setAside(asking);
  return { state: 'uninstalled', required: false, owners: [], problem: undefined };
}

function installedStanding({ start, required, owners }: ObservedFeature): Standing {
  return { state: start ? 'started' : 'installed', required, owners, problem: undefined };
}

function setAside(claims: readonly ClaimStatus[]): Standing {
  const unmet = claims[0]?.unmet;
  const problem = unmet && `${unmet.code}: ${unmet.reason}`;
  return { state: 'set aside', required: true, owners: ownersOf(claims), problem };
}

/** Installed, but no repository that is known now offers it. */
function vanishedInfo(id: string, look: Look): FeatureInfo {
  const installed = look.installed[id]!;
  const slash = id.lastIndexOf('/');
  return {
    name: id.slice(0, slash),
    version: id.slice(slash + 1),
    description: undefined,
    hidden: false,
    repository: installed.repository,
    ...installedStanding(installed),
    problem: 'no known repository offers it any more',
  };
}

function repositoryProblem(repository: KnownRepository, view: CatalogView): string | undefined {
  if (repository.problem) return `${repository.problem.code}: ${reasonOf(repository.problem)}`;
  const hidden = view.duplicates.filter(({ second }) => second.url === repository.url);
  if (hidden.length === 0) return undefined;
  return hidden
    .map(
      ({ id, first }) =>
        `${id} is taken from ${first.url === repository.url ? 'its first place' : first.url}`,
    )
    .join(', ');
}

function ownersOf(claims: readonly ClaimStatus[]): readonly string[] {
  return [...new Set(claims.map(({ owner }) => owner))].sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Newest first; what is no version, such as the range of an unknown feature, comes last. */
function byVersion(a: string, b: string): number {
  const [isA, isB] = [a, b].map((text) => tryVersion(text) !== undefined);
  if (isA && isB) return compareVersions(b, a);
  return isA === isB ? compare(a, b) : isA ? -1 : 1;
}

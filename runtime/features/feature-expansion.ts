import {
  type Artifacts,
  type Claim,
  type ClaimRef,
  type Expansion,
  type JsonObject,
  StaveError,
  type Unmet,
  type Want,
} from '@stave/api';
import { compareVersions } from '../base/version.js';
import type { CatalogView } from './catalog-view.js';
import { type ClaimClosure, claimClosure } from './claim-closure.js';
import { parseFeatureReference } from './feature-reference.js';
import { homePath } from './home-path.js';
import { type SelectedFeature, type SelectedPart, selectFeatures } from './selection.js';
import { type KnownSource, reasonOf } from './source-files.js';
import { unknownFeature } from './unknown-feature.js';
import type { PinnedVersions } from './version-choice.js';

/** All that an expansion looks at. */
export interface FeatureExpansionInput {
  readonly claims: readonly Claim[];
  readonly pins: Readonly<Record<string, string>>;
  readonly view: CatalogView;
  resolve: Artifacts['resolve'];
  /** What was read of a configuration file. */
  fileAt(location: string): KnownSource<true> | undefined;
}

export interface FeatureExpansion extends Expansion {
  /** Locations of all configuration files that are looked at. */
  readonly files: readonly string[];
}

/** What became of an installed feature, as the state keeps it. */
export interface ObservedFeature extends JsonObject {
  readonly repository: string;
  /** Whether a claim asks for it by name. */
  readonly required: boolean;
  readonly start: boolean;
  readonly owners: readonly string[];
}

/** Who wants a feature. */
interface Demand {
  readonly feature: SelectedFeature;
  readonly claims: ClaimRef[];
  required: boolean;
  start: boolean;
}

const PIN = 'feature:';

/** What claims on features come down to. One that cannot be met leaves no trace in what the others get. */
export function expandFeatures(input: FeatureExpansionInput): FeatureExpansion {
  const unmet: Unmet[] = [];
  const files = new Set<string>();
  let claims = input.claims;
  for (;;) {
    const closures = follow(input, claims);
    const content = new Map<string, FeatureWants>();
    for (const { features } of closures) {
      for (const feature of features) {
        if (!content.has(feature.id)) content.set(feature.id, featureWants(feature, input, files));
      }
    }
    const refused = closures.flatMap((closure) => refusal(closure, content, input.view));
    if (refused.length === 0) return { ...assemble(closures, content, input.view), unmet, files: [...files] };
    unmet.push(...refused);
    const gone = new Set(refused.map(({ claim }) => `${claim.owner}\n${claim.key}`));
    claims = claims.filter(({ owner, key }) => !gone.has(`${owner}\n${key}`));
  }
}

function follow({ pins, view }: FeatureExpansionInput, claims: readonly Claim[]): ClaimClosure[] {
  const references = claims.map(({ key }) => parseFeatureReference(key));
  const selection = selectFeatures(view, pinnedVersions(pins), references);
  return claims.map((claim, index) => claimClosure(claim, references[index]!, selection));
}

function pinnedVersions(pins: Readonly<Record<string, string>>): PinnedVersions {
  return new Map(
    Object.entries(pins)
      .filter(([name]) => name.startsWith(PIN))
      .map(([name, versions]) => [name.slice(PIN.length), versions.split(' ')]),
  );
}

/** The reason why a claim cannot be met, if there is one. */
function refusal(
  { claim, features, missing }: ClaimClosure,
  content: ReadonlyMap<string, FeatureWants>,
  view: CatalogView,
): Unmet[] {
  const error = missing[0]
    ? unknownFeature(missing[0], view)
    : features.map(({ id }) => content.get(id)?.problem).find((problem) => problem !== undefined);
  return error ? [{ claim: claimRef(claim), code: error.code, reason: reasonOf(error) }] : [];
}

function claimRef({ owner, type, key }: Claim): ClaimRef {
  return { owner, type, key };
}

/** A want without those that want it. */
type Part = { readonly part: SelectedPart; readonly wants: readonly BareWant[] };
type BareWant = Want extends infer W ? (W extends Want ? Omit<W, 'by' | 'claims'> : never) : never;
interface FeatureWants {
  readonly parts: readonly Part[];
  readonly problem: StaveError | undefined;
}

function featureWants(
  feature: SelectedFeature,
  input: FeatureExpansionInput,
  files: Set<string>,
): FeatureWants {
  try {
    const parts = feature.parts.map((part) => ({ part, wants: partWants(feature, part, input, files) }));
    return { parts, problem: undefined };
  } catch (error) {
    if (!(error instanceof StaveError)) throw error;
    return { parts: [], problem: error };
  }
}

function partWants(
  feature: SelectedFeature,
  part: SelectedPart,
  { resolve, fileAt }: FeatureExpansionInput,
  files: Set<string>,
): BareWant[] {
  const where = `feature ${feature.id} of ${feature.repository}`;
  const bundles = part.bundles.map((bundle): BareWant => {
    const startLevel = bundle.startLevel ?? feature.description.startLevel;
    return {
      kind: 'bundle',
      location: resolve(bundle.location, feature.repository),
      start: bundle.start ?? true,
      ...(startLevel === undefined ? {} : { startLevel }),
      ...(bundle.integrity === undefined ? {} : { integrity: bundle.integrity }),
      ...(bundle.dependency ? { dependency: true } : {}),
    };
  });
  const configurations = part.configs.map(
    ({ pid, properties }): BareWant => ({ kind: 'configuration', pid, properties, persist: 'file' }),
  );
  const sources = part.configFiles.map(({ location, finalName }) => ({
    path: homePath(finalName, where),
    url: resolve(location, feature.repository),
  }));
  for (const { url } of sources) files.add(url);
  const copies = sources.map(({ path, url }): BareWant => {
    const source = fileAt(url);
    if (source?.file) return { kind: 'file', path, content: source.file.content };
    throw (
      source?.problem ?? new StaveError('STAVE_DOWNLOAD_FAILED', `${url} has not been fetched`, { where })
    );
  });
  return [...bundles, ...configurations, ...copies];
}

function demandsOf(closures: readonly ClaimClosure[]): Map<string, Demand> {
  const demands = new Map<string, Demand>();
  for (const { claim, root, features } of closures) {
    for (const feature of features) {
      const demand = demands.get(feature.id) ?? { feature, claims: [], required: false, start: false };
      demand.claims.push(claimRef(claim));
      demand.required ||= feature === root;
      demand.start ||= claim.value.start !== false;
      demands.set(feature.id, demand);
    }
  }
  return demands;
}

function assemble(
  closures: readonly ClaimClosure[],
  content: ReadonlyMap<string, FeatureWants>,
  view: CatalogView,
): Omit<Expansion, 'unmet'> {
  const demands = demandsOf(closures);
  const wants: Want[] = [];
  const versions = new Map<string, string[]>();
  const observed: Record<string, ObservedFeature> = {};
  for (const { feature, claims, required, start } of demands.values()) {
    for (const { part, wants: bare } of content.get(feature.id)!.parts) {
      const starts = start && part.conditions.every(({ id }) => demands.get(id)?.start);
      const by = [`feature ${feature.id}`, ...part.conditions.map(({ id }) => id)].join(' with ');
      for (const want of bare) {
        wants.push(
          want.kind === 'bundle'
            ? { ...want, start: want.start === true && starts, by, claims }
            : { ...want, by, claims },
        );
      }
    }
    const { name, version } = feature.description;
    versions.set(name, [...(versions.get(name) ?? []), version]);
    const owners = [...new Set(claims.map(({ owner }) => owner))].sort();
    observed[feature.id] = { repository: feature.repository, required, start, owners };
  }
  const pins = Object.fromEntries(
    [...versions].map(([name, list]) => [
      `${PIN}${name}`,
      list.sort((a, b) => compareVersions(b, a)).join(' '),
    ]),
  );
  return { wants, pins, observed, notes: duplicateNotes(view, demands) };
}

function duplicateNotes(view: CatalogView, demands: ReadonlyMap<string, Demand>): string[] {
  return view.duplicates
    .filter(({ id }) => demands.has(id))
    .map(({ id, first, second }) =>
      first.url === second.url
        ? `feature ${id} stands twice in repository ${first.name} (${first.url}); the first counts`
        : `feature ${id} is in repositories ${first.name} (${first.url}) and ${second.name} (${second.url}); the first counts`,
    );
}

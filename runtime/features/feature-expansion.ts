import type { Artifacts, Claim, ClaimRef, Expansion, JsonObject, Want } from '@stave/api';
import type { CatalogView } from './catalog-view.js';
import type { ClaimClosure } from './claim-closure.js';
import { type SettlementInput, settleClaims } from './claim-settlement.js';
import type { FeatureContent } from './descriptor.js';
import { type ContentWants, contentWants } from './feature-wants.js';
import type { SelectedFeature, SelectedPart } from './selection.js';
import { type KnownSource, reasonOf } from './source-files.js';
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

/** What claims on features come down to. */
export function expandFeatures(input: FeatureExpansionInput): FeatureExpansion {
  const { view, resolve, fileAt } = input;
  const files = new Set<string>();
  const known = new Map<FeatureContent, ContentWants>();
  const wantsOf = (feature: SelectedFeature, { content }: SelectedPart): ContentWants => {
    const sources = { resolve, fileAt, needs: (location: string) => void files.add(location) };
    const wants = known.get(content) ?? contentWants(feature, content, sources);
    known.set(content, wants);
    return wants;
  };
  const { closures, refused, versions } = settleClaims({ view, wantsOf }, readPins(input.pins), input.claims);
  const demands = demandsOf(closures);
  return {
    wants: [...demands.values()].flatMap((demand) => wantsFor(demand, wantsOf, demands)),
    unmet: refused.map(({ claim, error }) => ({
      claim: claimRef(claim),
      code: error.code,
      reason: reasonOf(error),
    })),
    pins: Object.fromEntries([...versions].map(([name, list]) => [`${PIN}${name}`, list.join(' ')])),
    observed: Object.fromEntries([...demands].map(([id, demand]) => [id, observe(demand)])),
    notes: duplicateNotes(view, demands),
    files: [...files],
  };
}

function readPins(pins: Readonly<Record<string, string>>): PinnedVersions {
  return new Map(
    Object.entries(pins)
      .filter(([name]) => name.startsWith(PIN))
      .map(([name, versions]) => [name.slice(PIN.length), versions.split(' ')]),
  );
}

function claimRef({ owner, type, key }: Claim): ClaimRef {
  return { owner, type, key };
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

function wantsFor(
  { feature, claims, start }: Demand,
  wantsOf: SettlementInput['wantsOf'],
  demands: ReadonlyMap<string, Demand>,
): Want[] {
  return feature.parts.flatMap((part) => {
    const content = wantsOf(feature, part);
    if ('problem' in content) return [];
    const starts = start && part.conditions.every(({ id }) => demands.get(id)?.start);
    const by = [`feature ${feature.id}`, ...part.conditions.map(({ id }) => id)].join(' with ');
    return content.wants.map(
      (want): Want =>
        want.kind === 'bundle'
          ? { ...want, start: want.start === true && starts, by, claims }
          : { ...want, by, claims },
    );
  });
}

function observe({ feature, required, start, claims }: Demand): ObservedFeature {
  const owners = [...new Set(claims.map(({ owner }) => owner))].sort();
  return { repository: feature.repository, required, start, owners };
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

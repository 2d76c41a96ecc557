import type { CatalogView, KnownFeature } from './catalog-view.js';
import type { FeatureContent } from './descriptor.js';
import { type FeatureReference, formatFeatureReference } from './feature-reference.js';
import { type PinnedVersions, VersionChoice } from './version-choice.js';

/** Rounds in which a reference that nobody makes any more is forgotten; then all are kept, so that it comes to an end. */
const FORGETTING_ROUNDS = 20;

/** A feature that is wanted, with what is active of it. */
export interface SelectedFeature extends KnownFeature {
  /** Its own content, then that of the conditionals whose conditions are there. */
  readonly parts: readonly SelectedPart[];
}

export interface SelectedPart {
  readonly content: FeatureContent;
  /** Features that this part depends on being there, beside its feature. */
  readonly conditions: readonly KnownFeature[];
}

/** The features that some references come down to, by id. */
export interface Selection {
  readonly features: ReadonlyMap<string, SelectedFeature>;
  readonly choice: VersionChoice;
}

/**
 * Follows references to features and on to those that they need, until nothing changes. One set of references gives one
 * selection, in whatever order they stand. References that cannot be met are left open.
 */
export function selectFeatures(
  view: CatalogView,
  pinned: PinnedVersions,
  wanted: readonly FeatureReference[],
): Selection {
  let references = new Map(wanted.map((reference) => [formatFeatureReference(reference), reference]));
  for (let round = 0; ; round += 1) {
    const choice = VersionChoice.make(view, pinned, references.values());
    const features = reach(view, choice, wanted);
    const made = referencesOf(wanted, features);
    if (round >= FORGETTING_ROUNDS) for (const [key, reference] of references) made.set(key, reference);
    if (made.size === references.size && [...made.keys()].every((key) => references.has(key))) {
      return { features, choice };
    }
    references = made;
  }
}

function referencesOf(
  wanted: readonly FeatureReference[],
  features: ReadonlyMap<string, SelectedFeature>,
): Map<string, FeatureReference> {
  const made = new Map<string, FeatureReference>();
  const add = (reference: FeatureReference): void =>
    void made.set(formatFeatureReference(reference), reference);
  wanted.forEach(add);
  for (const { parts } of features.values()) for (const { content } of parts) content.features.forEach(add);
  return made;
}

/** All features that can be reached; conditionals join until no more of them has its conditions met. */
function reach(
  view: CatalogView,
  choice: VersionChoice,
  wanted: readonly FeatureReference[],
): ReadonlyMap<string, SelectedFeature> {
  const features = new Map<string, SelectedFeature>();
  const waiting = [...wanted];
  for (;;) {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const feature = choice.of(next);
      if (!feature || features.has(feature.id)) continue;
      features.set(feature.id, { ...feature, parts: [{ content: feature.description, conditions: [] }] });
      waiting.push(...feature.description.features);
    }
    let grown = false;
    for (const feature of features.values()) {
      const parts = activeParts(view, feature, features);
      if (parts.length === feature.parts.length) continue;
      grown = true;
      features.set(feature.id, { ...feature, parts });
      waiting.push(...parts.flatMap(({ content }) => content.features));
    }
    if (!grown) return features;
  }
}

function activeParts(
  view: CatalogView,
  feature: SelectedFeature,
  features: ReadonlyMap<string, SelectedFeature>,
): readonly SelectedPart[] {
  const own = feature.parts[0]!;
  const active = feature.description.conditionals.flatMap((conditional) => {
    const conditions = conditional.condition.map((reference) =>
      view.matching(reference).find(({ id }) => features.has(id)),
    );
    return conditions.every((condition) => condition !== undefined)
      ? [{ content: conditional, conditions }]
      : [];
  });
  return [own, ...active];
}

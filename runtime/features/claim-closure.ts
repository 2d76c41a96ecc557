import type { Claim } from '@stave/api';
import type { KnownFeature } from './catalog-view.js';
import { type FeatureReference, formatFeatureReference } from './feature-reference.js';
import type { SelectedFeature, Selection } from './selection.js';

/** A reference that no known feature meets, with those that ask for it, the nearest first. */
export interface MissingFeature {
  readonly reference: FeatureReference;
  readonly neededBy: readonly KnownFeature[];
}

/** What one claim comes down to. */
export interface ClaimClosure {
  readonly claim: Claim;
  /** The feature that the claim names. */
  readonly root: SelectedFeature | undefined;
  /** What is needed stands before what needs it, save in circles. */
  readonly features: readonly SelectedFeature[];
  readonly missing: readonly MissingFeature[];
}

interface Step {
  readonly feature: SelectedFeature;
  readonly references: readonly FeatureReference[];
  next: number;
}

/** Follows one claim through a selection. */
export function claimClosure(claim: Claim, reference: FeatureReference, selection: Selection): ClaimClosure {
  const features: SelectedFeature[] = [];
  const missing = new Map<string, MissingFeature>();
  const seen = new Set<string>();
  // A path of its own instead of recursion: a long chain of features must not exhaust the stack.
  const path: Step[] = [];

  const enter = (next: FeatureReference): void => {
    const id = selection.choice.of(next)?.id;
    const feature = id === undefined ? undefined : selection.features.get(id);
    if (!feature) {
      const key = formatFeatureReference(next);
      const neededBy = path.map((step) => step.feature).reverse();
      if (!missing.has(key)) missing.set(key, { reference: next, neededBy });
    } else if (!seen.has(feature.id)) {
      seen.add(feature.id);
      path.push({ feature, references: feature.parts.flatMap(({ content }) => content.features), next: 0 });
    }
  };

  enter(reference);
  const root = path[0]?.feature;
  for (let step = path.at(-1); step; step = path.at(-1)) {
    const next = step.references[step.next];
    step.next += 1;
    if (next) {
      enter(next);
    } else {
      features.push(step.feature);
      path.pop();
    }
  }
  return { claim, root, features, missing: [...missing.values()] };
}

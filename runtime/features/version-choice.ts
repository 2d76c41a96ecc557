import { compareVersions } from '../base/version.js';
import type { CatalogView, KnownFeature } from './catalog-view.js';
import { type FeatureReference, formatFeatureReference } from './feature-reference.js';

/** Which version each reference comes down to; undefined where none is known. */
export class VersionChoice {
  readonly #chosen: ReadonlyMap<string, KnownFeature | undefined>;
  readonly #view: CatalogView;
  readonly #pinned: PinnedVersions;

  private constructor(
    view: CatalogView,
    pinned: PinnedVersions,
    chosen: ReadonlyMap<string, KnownFeature | undefined>,
  ) {
    this.#view = view;
    this.#pinned = pinned;
    this.#chosen = chosen;
  }

  /**
   * Chooses for a set of references, whatever their order. A pinned version stays while it is in range. The others of one
   * name get as few versions as will do, and as new as these can be.
   */
  static make(
    view: CatalogView,
    pinned: PinnedVersions,
    references: Iterable<FeatureReference>,
  ): VersionChoice {
    const chosen = new Map<string, KnownFeature | undefined>();
    const open = new Map<string, FeatureReference[]>();
    for (const reference of references) {
      const kept = pinnedVersion(view, pinned, reference);
      if (kept) chosen.set(formatFeatureReference(reference), kept);
      else open.set(reference.name, [...(open.get(reference.name) ?? []), reference]);
    }
    for (const group of open.values()) {
      for (const [reference, feature] of cover(view, group)) {
        chosen.set(formatFeatureReference(reference), feature);
      }
    }
    return new VersionChoice(view, pinned, chosen);
  }

  /** The version for a reference; for one that was not among those chosen for, the one it would get alone. */
  of(reference: FeatureReference): KnownFeature | undefined {
    const key = formatFeatureReference(reference);
    if (this.#chosen.has(key)) return this.#chosen.get(key);
    return pinnedVersion(this.#view, this.#pinned, reference) ?? this.#view.matching(reference)[0];
  }
}

/** Versions chosen before, by name. */
export type PinnedVersions = ReadonlyMap<string, readonly string[]>;

function pinnedVersion(
  view: CatalogView,
  pinned: PinnedVersions,
  reference: FeatureReference,
): KnownFeature | undefined {
  const versions = pinned.get(reference.name);
  if (!versions) return undefined;
  return view.matching(reference).find(({ description }) => versions.includes(description.version));
}

/** Takes the reference with the oldest newest version first: its choice then serves all others that allow it. */
function cover(
  view: CatalogView,
  references: readonly FeatureReference[],
): [FeatureReference, KnownFeature | undefined][] {
  const taken: KnownFeature[] = [];
  const oldestFirst = references
    .flatMap((reference) => view.matching(reference).slice(0, 1))
    .sort((a, b) => compareVersions(a.description.version, b.description.version));
  for (const newest of oldestFirst) {
    const served = references
      .filter((reference) => view.matching(reference)[0] === newest)
      .every((reference) => taken.some((feature) => view.matching(reference).includes(feature)));
    if (!served) taken.push(newest);
  }
  return references.map((reference) => [
    reference,
    view.matching(reference).find((feature) => taken.includes(feature)),
  ]);
}

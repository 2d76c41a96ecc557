import type { Manifest } from '@stave/api';
import type { BundleSpec } from '../framework/bundle-entry.js';
import type { BundleFailure, Candidate, MergedWant } from './assembler.js';

/** A wanted bundle with its id. */
export interface Identified {
  readonly id: number;
  readonly location: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly want: MergedWant;
}

interface Found {
  readonly want: MergedWant;
  readonly candidate: Candidate;
}

function byNameThenLocation(a: Found, b: Found): number {
  const [x, y] = [a.candidate, b.candidate];
  if (x.manifest.name !== y.manifest.name) return x.manifest.name < y.manifest.name ? -1 : 1;
  return x.location < y.location ? -1 : x.location > y.location ? 1 : 0;
}

/** @param a of the owner whose values count more */
function mergeSame(a: MergedWant, b: MergedWant, location: string): MergedWant {
  return {
    location,
    start: a.start || b.start,
    startLevel: a.startLevel ?? b.startLevel,
    by: [...new Set([...a.by, ...b.by])],
    claims: [...a.claims, ...b.claims],
  };
}

/**
 * Gives each wanted bundle its id. A location keeps the id that it has; a bundle that takes the place of another of its name keeps
 * that one's id, and with it the data folder. The same bytes at two locations are one bundle; other bytes of the same name and
 * version are a duplicate: what is installed stays, else the first location does.
 */
export function identify(
  found: readonly Found[],
  current: readonly BundleSpec[],
  nextId: number,
): { bundles: readonly Identified[]; duplicates: readonly BundleFailure[]; nextId: number } {
  const idOf = new Map(current.map((spec) => [spec.location, spec.id]));
  const installed = (item: Found): number => (idOf.has(item.candidate.location) ? 0 : 1);
  const ordered = [...found].sort((a, b) => installed(a) - installed(b) || byNameThenLocation(a, b));
  // They are found in order of precedence.
  const places = new Map(found.map((item, index) => [item.candidate.location, index]));
  const placeOf = (item: Found): number => places.get(item.candidate.location) ?? 0;
  const precedes = (a: Found, b: Found): boolean => placeOf(a) < placeOf(b);
  const chosen = new Map<string, Found>();
  const duplicates: BundleFailure[] = [];
  for (const item of ordered) {
    const { name, version } = item.candidate.manifest;
    const key = `${name}@${version}`;
    const first = chosen.get(key);
    if (!first) chosen.set(key, item);
    else if (first.candidate.digest === item.candidate.digest) {
      const [one, other] = precedes(first, item) ? [first, item] : [item, first];
      const want = mergeSame(one.want, other.want, first.candidate.location);
      chosen.set(key, { candidate: first.candidate, want });
    } else {
      duplicates.push({
        location: item.candidate.location,
        code: 'STAVE_BUNDLE_DUPLICATE',
        reason: `${name} ${version} is at ${first.candidate.location} already, with other content; remove one of the two, or give it another version`,
        claims: item.want.claims,
      });
    }
  }
  const kept = new Set([...chosen.values()].map((item) => item.candidate.location));
  const leaving = current.filter((spec) => !kept.has(spec.location));
  let free = nextId;
  const bundles = [...chosen.values()].sort(byNameThenLocation).map(({ want, candidate }): Identified => {
    let id = idOf.get(candidate.location);
    if (id === undefined) {
      const index = leaving.findIndex((spec) => spec.name === candidate.manifest.name);
      id = index >= 0 ? leaving.splice(index, 1)[0]?.id : undefined;
    }
    return {
      id: id ?? free++,
      location: candidate.location,
      digest: candidate.digest,
      manifest: candidate.manifest,
      want,
    };
  });
  return { bundles, duplicates, nextId: free };
}

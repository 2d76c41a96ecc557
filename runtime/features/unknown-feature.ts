import { StaveError } from '@stave/api';
import { nearest } from '../base/nearest.js';
import type { CatalogView } from './catalog-view.js';
import type { MissingFeature } from './claim-closure.js';
import { reasonOf } from './source-files.js';

/** More of the chain would only hide the rest of the sentence. */
const LONGEST_CHAIN = 5;

/** Says what is not known, who needs it, and what is near. */
export function unknownFeature({ reference, neededBy }: MissingFeature, view: CatalogView): StaveError {
  const { name, range } = reference;
  const ids = neededBy.slice(0, LONGEST_CHAIN).map(({ id }) => id);
  const chain = ids.map((id) => `, needed by ${id}`).join('');
  const details = { feature: name, ...(range === '*' ? {} : { version: range }), neededBy: ids };
  const versions = view.versions(name).map(({ description }) => description.version);
  if (versions.length > 0) {
    const sentence = `feature ${name} is not known in version ${range}, only in ${versions.join(', ')}${chain}`;
    return new StaveError('STAVE_FEATURE_UNKNOWN', sentence, { details });
  }
  const near = nearest(name, view.names);
  const hint = near ? `; did you mean ${near}?` : '';
  const sentence = `feature ${name} is in no known repository${chain}${hint}${unreadable(view)}`;
  return new StaveError('STAVE_FEATURE_UNKNOWN', sentence, { details });
}

/** The missing feature may be in a repository that could not be read. */
function unreadable(view: CatalogView): string {
  const broken = view.repositories.find(({ problem, digest }) => problem && digest === undefined);
  return broken?.problem ? `; a repository could not be read: ${reasonOf(broken.problem)}` : '';
}

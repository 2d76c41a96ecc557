import { StaveError } from '@stave/api';
import { parseRange } from '../base/range.js';

/** A feature asked for: a name and the versions that will do. */
export interface FeatureReference {
  readonly name: string;
  /** npm range or interval; `*` is any version. */
  readonly range: string;
}

/** Names as they are written in descriptors, boot lists and on the command line, npm scopes included. */
export const FEATURE_NAME = '(?:@[^\\s,()/@]+/)?[^\\s,()/@][^\\s,()/]*';
const REFERENCE = new RegExp(`^(${FEATURE_NAME})(?:/(.+))?$`, 's');

/**
 * Reads `name` or `name/range`; a plain version is exactly that one.
 * Throws `STAVE_CLAIM_INVALID` for a text without a name, `STAVE_VERSION_INVALID` for a wrong range.
 */
export function parseFeatureReference(text: string): FeatureReference {
  const match = REFERENCE.exec(text.trim());
  if (!match) {
    throw new StaveError('STAVE_CLAIM_INVALID', `"${text}" does not name a feature`, {
      remedy: 'write name, name/1.2.3 or name/^1.2.0',
    });
  }
  const range = match[2]?.trim() ?? '*';
  parseRange(range);
  return { name: match[1]!, range };
}

/** The same in one string, to compare and to show. */
export function formatFeatureReference({ name, range }: FeatureReference): string {
  return range === '*' ? name : `${name}/${range}`;
}

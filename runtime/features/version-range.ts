import { StaveError } from '@stave/api';
import semver from 'semver';

const INTERVAL = /^([[(])\s*([^\s,]+)\s*,\s*([^\s,]+)\s*([\])])$/;
const BOUND = /^\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?$/;

/** A bound of an interval with all its three numbers; undefined for one that is no version. */
function completeBound(text: string): string | undefined {
  if (!BOUND.test(text)) return undefined;
  const [numbers = '', ...prerelease] = text.split('-');
  const parts = [...numbers.split('.'), '0', '0'].slice(0, 3);
  return semver.valid([parts.join('.'), ...prerelease].join('-')) ?? undefined;
}

function parseRange(text: string): semver.Range | undefined {
  const interval = INTERVAL.exec(text.trim());
  if (!interval) return parseNpmRange(text);
  const low = completeBound(interval[2]!);
  const high = completeBound(interval[3]!);
  if (!low || !high) return undefined;
  return parseNpmRange(
    `${interval[1] === '[' ? '>=' : '>'}${low} ${interval[4] === ']' ? '<=' : '<'}${high}`,
  );
}

function parseNpmRange(text: string): semver.Range | undefined {
  try {
    return new semver.Range(text);
  } catch {
    return undefined;
  }
}

/** Whether a text is a range of versions: as npm writes them, or an interval such as `[1.0,2.0)`. */
export function isVersionRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** A test for versions in a range. Throws `STAVE_VERSION_INVALID` for a text that is no range. */
export function versionFilter(range: string): (version: string) => boolean {
  const parsed = parseRange(range);
  if (!parsed) throw new StaveError('STAVE_VERSION_INVALID', `"${range}" is not a range of versions`);
  return (version) => parsed.test(version);
}

/** Whether a text is one complete version, such as `1.2.3` or `2.0.0-rc.1`. */
export function isVersion(text: string): boolean {
  return semver.valid(text) === text;
}

/** Newest first. */
export function newestFirst(a: string, b: string): number {
  return semver.rcompare(a, b);
}

import { StaveError } from '@stave/api';
import NpmRange from 'semver/classes/range.js';
import { BoundedCache } from './bounded-cache.js';
import { parseVersion, tryVersion, type Version } from './version.js';

export interface IncludesOptions {
  /** Whether `2.0.0-dev` also counts as `2.0.0`: so for bundles that are being worked on. */
  readonly prereleaseAsRelease?: boolean;
}

/** A set of versions. Prereleases belong to it only where its text names one of the same release. */
export interface Range {
  readonly text: string;
  /** Throws `STAVE_VERSION_INVALID` for a text that is no version. */
  includes(version: string, options?: IncludesOptions): boolean;
}

/**
 * How a range is written. `npm`: as in package.json (`1.2.0` is exact), or an interval `[1.0,2.0)`. `osgi`: an interval,
 * or a single version as the lowest. `feature`: an interval, or a single version that is exact, save `0.0.0`, which is any.
 */
export type RangeDialect = 'npm' | 'osgi' | 'feature';

type Test = (version: Version) => boolean;

const INTERVAL = /^([[(])([^,[\]()]*),([^,[\]()]*)([\])])$/;
const known = new BoundedCache<string, Range>(5000);

/** Reads a range; the result is kept and shared. Throws `STAVE_VERSION_INVALID`. */
export function parseRange(text: string, dialect: RangeDialect = 'npm'): Range {
  return known.getOrMake(`${dialect} ${text}`, () => new TestedRange(text, testOf(text.trim(), dialect)));
}

class TestedRange implements Range {
  readonly #test: Test;

  constructor(
    readonly text: string,
    test: Test,
  ) {
    this.#test = test;
  }

  includes(version: string, options?: IncludesOptions): boolean {
    const parsed = parseVersion(version);
    if (this.#test(parsed)) return true;
    return (
      options?.prereleaseAsRelease === true &&
      parsed.prerelease.length > 0 &&
      this.#test(parseVersion(parsed.release))
    );
  }
}

function testOf(text: string, dialect: RangeDialect): Test {
  const interval = INTERVAL.exec(text);
  if (interval) return intervalTest(interval, text, dialect);
  if (dialect === 'npm') return npmTest(text);
  const bound = boundOf(text, text, dialect);
  if (dialect === 'osgi') return (version) => version.compare(bound) >= 0;
  if (bound.compare(parseVersion('0.0.0')) === 0) return () => true;
  return (version) => version.compare(bound) === 0;
}

function intervalTest(interval: RegExpExecArray, text: string, dialect: RangeDialect): Test {
  const low = boundOf(interval[2]!.trim(), text, dialect);
  const high = boundOf(interval[3]!.trim(), text, dialect);
  const lowest = interval[1] === '[' ? 0 : 1;
  const highest = interval[4] === ']' ? 0 : -1;
  return (version) =>
    Math.sign(version.compare(low)) >= lowest &&
    Math.sign(version.compare(high)) <= highest &&
    (version.prerelease.length === 0 || names(low, version) || names(high, version));
}

/** Whether a bound is a prerelease of the release that the version belongs to. */
function names(bound: Version, version: Version): boolean {
  return bound.prerelease.length > 0 && bound.release === version.release;
}

function boundOf(text: string, range: string, dialect: RangeDialect): Version {
  const bound = tryVersion(text);
  // OSGi and Karaf know no prereleases and no build metadata.
  if (!bound || (dialect !== 'npm' && (bound.prerelease.length > 0 || text.includes('+'))))
    throw invalid(range);
  return bound;
}

function npmTest(text: string): Test {
  let range: NpmRange;
  try {
    range = new NpmRange(text);
  } catch (cause) {
    throw invalid(text, cause);
  }
  return (version) => range.test(forNpm(version));
}

/** npm knows neither short versions nor a fourth part. */
function forNpm(version: Version): string {
  return version.prerelease.length > 0
    ? `${version.release}-${version.prerelease.join('.')}`
    : version.release;
}

function invalid(text: string, cause?: unknown): StaveError {
  return new StaveError('STAVE_VERSION_INVALID', `"${text}" is no version range`, {
    cause,
    details: { range: text },
  });
}

import { StaveError } from '@stave/api';
import { BoundedCache } from './bounded-cache.js';

/**
 * A version as npm or as OSGi writes it, in one order: `1.0.0-rc.1` < `1.0.0` < `1.0.0.SP1`. Missing numbers are 0;
 * build metadata (`+…`) does not count.
 */
export class Version {
  /** npm's prerelease parts; they sort before the release. */
  readonly prerelease: readonly (string | number)[];

  constructor(
    readonly text: string,
    readonly major: number,
    readonly minor: number,
    readonly patch: number,
    prerelease: string,
    /** OSGi's fourth part; it sorts after none. */
    readonly qualifier: string,
  ) {
    this.prerelease =
      prerelease === ''
        ? []
        : prerelease.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  }

  /** `1.2.3`: without prerelease, qualifier and build. */
  get release(): string {
    return `${this.major}.${this.minor}.${this.patch}`;
  }

  /** Negative when this one is lower, 0 when they are equal. */
  compare(other: Version): number {
    return (
      this.major - other.major ||
      this.minor - other.minor ||
      this.patch - other.patch ||
      comparePrereleases(this.prerelease, other.prerelease) ||
      compareTexts(this.qualifier, other.qualifier)
    );
  }

  toString(): string {
    return this.text;
  }
}

const SYNTAX =
  /^(\d{1,15})(?:\.(\d{1,15})(?:\.(\d{1,15})(?:\.([\w-]+)|-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?)?)?$/;
const LONGEST = 256;

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePrereleases(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const one = a[i];
    const two = b[i];
    if (one === two) continue;
    if (one === undefined) return -1;
    if (two === undefined) return 1;
    if (typeof one === 'number' && typeof two === 'number') return one - two;
    // Numbers sort before words.
    if (typeof one === 'number') return -1;
    if (typeof two === 'number') return 1;
    return compareTexts(one, two);
  }
  return 0;
}

function read(text: string): Version | undefined {
  const match = text.length > LONGEST ? null : SYNTAX.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor = '0', patch = '0', qualifier = '', prerelease = ''] = match;
  return new Version(text.trim(), Number(major), Number(minor), Number(patch), prerelease, qualifier);
}

const known = new BoundedCache<string, Version | 'invalid'>(5000);

/** The version that a text stands for, or undefined when it stands for none. */
export function tryVersion(text: string): Version | undefined {
  const version = known.getOrMake(text, (key) => read(key) ?? 'invalid');
  return version === 'invalid' ? undefined : version;
}

/** Throws `STAVE_VERSION_INVALID`. */
export function parseVersion(text: string): Version {
  const version = tryVersion(text);
  if (!version)
    throw new StaveError('STAVE_VERSION_INVALID', `"${text}" is no version`, { details: { version: text } });
  return version;
}

/** Negative when `a` is lower than `b`, 0 when they are equal. Throws `STAVE_VERSION_INVALID`. */
export function compareVersions(a: string, b: string): number {
  return a === b ? 0 : parseVersion(a).compare(parseVersion(b));
}

import { dirname, isAbsolute, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StaveError } from '@stave/api';
import { BoundedCache } from '../base/bounded-cache.js';
import { parseNpmLocation } from './npm-range.js';

/** The folders that `stave:` and `home:` stand for. */
export interface LocationRoots {
  readonly installation: string;
  readonly home: string;
}

/** Where the thing at a location is to be fetched from. */
export type Place =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'npm'; readonly name: string; readonly range: string };

/** One kind of location. A new kind is a new entry in `SCHEMES`. */
interface Scheme {
  /** The one spelling of a location, from what stands behind the colon. */
  normalize(rest: string, location: string): string;
  place(location: string, roots: LocationRoots): Place;
  /** The location of a reference that stands in a file at `base`; undefined where such files cannot be. */
  relative: ((base: string, reference: string) => string) | undefined;
}

function invalid(location: string, sentence: string, remedy?: string): StaveError {
  return new StaveError('STAVE_LOCATION_INVALID', sentence, {
    where: location,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function decoded(url: string): string {
  try {
    return fileURLToPath(new URL(url));
  } catch {
    // A typed path with a lone percent sign is no URL, but says clearly enough what is meant.
    return url.replace(/^file:(\/\/(?=\/))?/i, '');
  }
}

/** `stave:` and `home:`: a path below a folder, written without leading slash. */
function below(name: 'stave' | 'home', root: (roots: LocationRoots) => string): Scheme {
  return {
    normalize(rest, location) {
      const path = posix.normalize(rest.replace(/^\/+/, '')).replace(/\/$/, '');
      if (path === '..' || path.startsWith('../')) throw invalid(location, `leads out of ${name}:`);
      return `${name}:${path === '.' ? '' : path}`;
    },
    place: (location, roots) => ({
      kind: 'path',
      path: join(root(roots), location.slice(name.length + 1)),
    }),
    relative: (base, reference) =>
      `${name}:${posix.join(posix.dirname(base.slice(name.length + 1)), reference)}`,
  };
}

const file: Scheme = {
  normalize(rest, location) {
    if (!rest.startsWith('/')) throw invalid(location, 'needs an absolute path', 'write file:///path');
    if (/^\/\/[^/]/.test(rest)) throw invalid(location, 'names another host', 'write file:///path');
    const path = decoded(location).replace(/(?<=.)\/+$/, '');
    return pathToFileURL(path).href;
  },
  place: (location) => ({ kind: 'path', path: fileURLToPath(location) }),
  relative: (base, reference) => pathToFileURL(join(dirname(fileURLToPath(base)), reference)).href,
};

const web: Scheme = {
  normalize(_rest, location) {
    if (!URL.canParse(location)) throw invalid(location, 'is not a URL');
    const url = new URL(location);
    url.hash = '';
    return url.href;
  },
  place: (location) => ({ kind: 'url', url: location }),
  relative: (base, reference) => new URL(reference, base).href,
};

const npm: Scheme = {
  normalize(rest, location) {
    const { name, range } = parseNpmLocation(rest, location);
    return range === '*' ? `npm:${name}` : `npm:${name}@${range}`;
  },
  place: (location) => ({ kind: 'npm', ...parseNpmLocation(location.slice('npm:'.length), location) }),
  relative: undefined,
};

const SCHEMES: Readonly<Record<string, Scheme>> = {
  stave: below('stave', (roots) => roots.installation),
  home: below('home', (roots) => roots.home),
  file,
  http: web,
  https: web,
  npm,
};

function schemeOf(location: string): { name: string; rest: string } | undefined {
  const match = /^([a-z][a-z0-9+.-]+):/i.exec(location);
  return match ? { name: match[1]!.toLowerCase(), rest: location.slice(match[0].length) } : undefined;
}

function normalized(location: string): string | undefined {
  const found = schemeOf(location);
  if (!found) return undefined;
  const scheme = SCHEMES[found.name];
  if (!scheme) {
    const remedy = found.name === 'mvn' || found.name === 'wrap' ? 'give the npm package instead' : undefined;
    throw invalid(location, `the scheme ${found.name}: is not known`, remedy);
  }
  return scheme.normalize(found.rest, `${found.name}:${found.rest}`);
}

/** Each plan asks for those of all features again. */
const RESOLVED = new BoundedCache<string, string>(5000);

/** Absolute form of a location; see `Artifacts.resolve`. */
export function resolveLocation(location: string, base?: string): string {
  return RESOLVED.getOrMake(`${base ?? ''}\0${location}`, () => resolveAnew(location, base));
}

function resolveAnew(location: string, base: string | undefined): string {
  const text = location.trim();
  if (text === '' || text.includes('\0')) throw invalid(JSON.stringify(location), 'is not a location');
  const absolute = normalized(text);
  if (absolute !== undefined) return absolute;
  if (isAbsolute(text)) return pathToFileURL(text.replace(/(?<=.)\/+$/, '')).href;
  if (base === undefined) {
    throw new StaveError(
      'STAVE_LOCATION_RELATIVE',
      'is relative, and there is nothing that it is relative to',
      {
        where: location,
      },
    );
  }
  if (isAbsolute(base)) return resolveLocation(join(base, text));
  const home = schemeOf(base);
  const relative = home && SCHEMES[home.name]?.relative;
  if (!relative) throw invalid(location, `cannot be relative to ${base}`);
  // A base with a final slash is a folder; any name in it gives the same result.
  return resolveLocation(relative(base.endsWith('/') ? `${base}-` : base, text));
}

/** Where an absolute location leads. */
export function placeOf(location: string, roots: LocationRoots): Place {
  const absolute = resolveLocation(location);
  return SCHEMES[schemeOf(absolute)!.name]!.place(absolute, roots);
}

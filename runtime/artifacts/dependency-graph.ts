import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import semver from 'semver';
import { type PackageFile, readPackageFile } from './package-file.js';
import { compareBytes } from './tree.js';

/** A package folder, and where it goes in the artifact. */
export interface Placement {
  /** Such as `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly folder: string;
}

export interface DependencyGraph {
  /** In the order of their paths. */
  readonly placements: readonly Placement[];
  /** `name@range` of what is not there, or not in range. */
  readonly missing: readonly string[];
}

export interface CollectOptions {
  /** Folder above which no node_modules is looked at. */
  readonly boundary: string;
  /** Whether a version out of range counts as missing. */
  readonly checkVersions: boolean;
}

/** A package as found on disk. */
interface Found {
  readonly folder: string;
  readonly file: PackageFile;
}

/** Comes from the runtime itself; a second copy would double its tokens. */
const SYSTEM_PACKAGE = '@stave/api';

function inside(path: string, folder: string): boolean {
  return folder === sep || path === folder || path.startsWith(folder + sep);
}

/** The package that Node would find from a folder. */
function findPackage(from: string, name: string, boundary: string): Found | undefined {
  const bounded = inside(from, boundary);
  for (let at = from; ; at = dirname(at)) {
    if (basename(at) !== 'node_modules') {
      const candidate = join(at, 'node_modules', name);
      const text = readOrUndefined(join(candidate, 'package.json'));
      if (text !== undefined) {
        return { folder: realpathSync(candidate), file: readPackageFile(text, `${candidate}/package.json`) };
      }
    }
    if (at === dirname(at) || (bounded && at === boundary)) return undefined;
  }
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a version meets the specification of a dependency; paths, URLs and tags are met by any. */
function meets(version: string | undefined, specification: string): boolean {
  const range = specification.startsWith('npm:')
    ? specification.slice(specification.lastIndexOf('@') + 1)
    : specification;
  if (semver.validRange(range) === null) return true;
  return version !== undefined && semver.satisfies(version, range);
}

/**
 * Finds the production dependencies of a package as Node would, whatever tool laid them out, and gives each its place: at the
 * top where the name is free, else inside the package that needs it. Bundles are left out: they are wired, never copied.
 */
export async function collectDependencies(
  folder: string,
  root: PackageFile,
  options: CollectOptions,
): Promise<DependencyGraph> {
  const placed = new Map<string, string>();
  const missing: string[] = [];
  const realRoot = realpathSync(folder);
  const queue: { path: string; package: Found }[] = [{ path: '', package: { folder: realRoot, file: root } }];

  /** The folder that the artifact itself gives to a package at `path` for a name. */
  const visible = (path: string, name: string): string | undefined => {
    const parts = path === '' ? [] : path.split('/node_modules/');
    for (let depth = parts.length; depth >= 0; depth -= 1) {
      const above = parts.slice(0, depth).join('/node_modules/');
      const there = placed.get(above === '' ? `node_modules/${name}` : `${above}/node_modules/${name}`);
      if (there !== undefined) return there;
    }
    return undefined;
  };

  for (let next = queue.shift(); next; next = queue.shift()) {
    // A large graph reads thousands of files; others get their turn between two packages.
    await setImmediate();
    const { path, package: dependant } = next;
    const { dependencies, optionalDependencies } = dependant.file;
    const wanted = Object.entries({ ...dependencies, ...optionalDependencies });
    for (const [name, specification] of wanted.sort(([a], [b]) => compareBytes(a, b))) {
      if (name === SYSTEM_PACKAGE || (path === '' && root.imports.has(name))) continue;
      const found = findPackage(dependant.folder, name, options.boundary);
      if (!found || (options.checkVersions && !meets(found.file.version, specification))) {
        if (!(name in optionalDependencies)) missing.push(`${name}@${specification}`);
        continue;
      }
      if (found.file.isBundle) continue;
      const there = visible(path, name);
      if (there === found.folder) continue;
      const place =
        there === undefined || path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`;
      placed.set(place, found.folder);
      queue.push({ path: place, package: found });
    }
  }
  const placements = [...placed].map(([path, from]) => ({ path, folder: from }));
  return { placements: placements.sort((a, b) => compareBytes(a.path, b.path)), missing };
}

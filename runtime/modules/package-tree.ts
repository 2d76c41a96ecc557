import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { StaveError } from '@stave/api';
import { resolvePublicTarget, resolveTarget } from './package-exports.js';

/** The fields of a package.json that matter for finding modules. */
export interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
  readonly type?: string;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly stave?: unknown;
}

/** Node's order, then what a TypeScript source may mean. */
const EXTENSIONS = ['.js', '.json', '.node', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.tsx'];
/** A TypeScript source names the file that the compiler would write. */
const ALIASES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, ['.ts', '.tsx']],
  [/\.mjs$/, ['.mts']],
  [/\.cjs$/, ['.cts']],
];

/** The packages under the root of a prepared artifact, found by Node's rules. Never looks outside the root; remembers. */
export class PackageTree {
  readonly root: string;
  readonly #manifests = new Map<string, PackageJson | undefined>();
  readonly #found = new Map<string, string | undefined>();

  /** @param root absolute, without links */
  constructor(root: string) {
    this.root = root;
  }

  contains(path: string): boolean {
    return path === this.root || path.startsWith(`${this.root}/`);
  }

  /** Path relative to the root, with forward slashes. */
  name(path: string): string {
    return relative(this.root, path);
  }

  /** The package.json of a folder; undefined when there is none. */
  packageJson(folder: string): PackageJson | undefined {
    if (this.#manifests.has(folder)) return this.#manifests.get(folder);
    const value = readPackageJson(join(folder, 'package.json'));
    this.#manifests.set(folder, value);
    return value;
  }

  /** The nearest folder at or above a folder that has a package.json; the root when none has. */
  enclosing(folder: string): string {
    for (let dir = folder; this.contains(dir) && dir !== this.root; dir = dirname(dir)) {
      if (basename(dir) !== 'node_modules' && this.packageJson(dir)) return dir;
    }
    return this.root;
  }

  /** The folder of the dependency that a path belongs to, or the root. Unlike `enclosing`, passes over a nested package.json. */
  packageRoot(path: string): string {
    const inside = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)(\/|$)/.exec(path.slice(this.root.length));
    return inside ? this.root + inside[1] : this.root;
  }

  /** Folder of the package that a module in `from` sees under a name. */
  find(name: string, from: string): string | undefined {
    const key = `${from}\0${name}`;
    if (this.#found.has(key)) return this.#found.get(key);
    const folder = this.#search(name, from);
    this.#found.set(key, folder);
    return folder;
  }

  #search(name: string, from: string): string | undefined {
    for (let dir = from; this.contains(dir); dir = dirname(dir)) {
      if (basename(dir) === 'node_modules') continue;
      const folder = join(dir, 'node_modules', name);
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
    }
    return undefined;
  }

  /** The file that a path means: itself, with an extension, or the main file of a folder. */
  file(path: string): string | undefined {
    if (!this.contains(path)) return undefined;
    return this.#exactFile(path) ?? this.#mainFile(path);
  }

  #exactFile(path: string): string | undefined {
    if (isFile(path)) return path;
    for (const extension of EXTENSIONS) if (isFile(path + extension)) return path + extension;
    for (const [pattern, replacements] of ALIASES) {
      if (!pattern.test(path)) continue;
      for (const replacement of replacements) {
        const other = path.replace(pattern, replacement);
        if (isFile(other)) return other;
      }
    }
    return undefined;
  }

  #mainFile(folder: string): string | undefined {
    const main = this.packageJson(folder)?.main;
    if (main) {
      const path = join(folder, main);
      const file = this.#exactFile(path) ?? this.#exactFile(join(path, 'index'));
      if (file && this.contains(file)) return file;
    }
    return this.#exactFile(join(folder, 'index'));
  }

  /**
   * The file of a package's subpath. Without `conditions` those that hold for all importers from outside; without an
   * `exports` field every file of the package can be named.
   */
  subpath(folder: string, subpath: string, conditions?: ReadonlySet<string>): string | undefined {
    const field = this.packageJson(folder)?.exports;
    if (field === undefined || field === null) {
      const path = join(folder, subpath);
      const inside = path === folder || path.startsWith(`${folder}/`);
      return inside ? this.file(path) : undefined;
    }
    const target = conditions
      ? resolveTarget(field, subpath, conditions)
      : resolvePublicTarget(field, subpath);
    return target?.startsWith('./') ? this.#exactFile(join(folder, target)) : undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function readPackageJson(path: string): PackageJson | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as PackageJson;
  } catch (cause) {
    throw new StaveError('STAVE_MANIFEST_INVALID', `${path} is not JSON`, { cause });
  }
}

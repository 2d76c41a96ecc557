import { dirname } from 'node:path';
import type { PackageTree } from './package-tree.js';
import { builtinName, splitSpecifier } from './specifier.js';

/** Packages of the system bundle; a copy among the dependencies of a bundle is never used. */
export const SYSTEM_PACKAGES: ReadonlySet<string> = new Set(['@stave/api', 'inversify', 'reflect-metadata']);

/** Where a bare specifier leads. */
export type Destination =
  | { readonly kind: 'builtin'; readonly name: string }
  /** Another bundle, or the system bundle. */
  | { readonly kind: 'outside'; readonly name: string; readonly subpath: string }
  /** The package that the importing file itself belongs to. */
  | { readonly kind: 'self'; readonly folder: string; readonly subpath: string }
  /** A private dependency. */
  | { readonly kind: 'inside'; readonly folder: string; readonly subpath: string }
  /** Nowhere; `bundle` is the version of a package that lies there, but is a bundle and may not be inlined. */
  | { readonly kind: 'nowhere'; readonly name: string; readonly bundle: string | undefined };

/** Decides on bare specifiers; used when compiling and, for modules loaded file by file, at run time. */
export class SpecifierRules {
  readonly #tree: PackageTree;
  readonly #declared: ReadonlySet<string> | '*';

  /** @param declared names that are imports; `*` when every bare name is one */
  constructor(tree: PackageTree, declared: ReadonlySet<string> | '*') {
    this.#tree = tree;
    this.#declared = declared;
  }

  /** @param importer absolute path of the importing file */
  decide(specifier: string, importer: string): Destination {
    const builtin = builtinName(specifier);
    if (builtin !== undefined) return { kind: 'builtin', name: builtin };
    const { name, subpath } = splitSpecifier(specifier);
    if (SYSTEM_PACKAGES.has(name) || this.#declared === '*') return { kind: 'outside', name, subpath };
    const from = dirname(importer);
    const own = this.#tree.enclosing(from);
    const manifest = this.#tree.packageJson(own);
    if (manifest?.name === name && manifest.exports !== undefined)
      return { kind: 'self', folder: own, subpath };
    const folder = this.#tree.find(name, from);
    if (this.#declared.has(name) && !(folder && this.#isOwnDependency(importer, name))) {
      return { kind: 'outside', name, subpath };
    }
    if (!folder) return { kind: 'nowhere', name, bundle: undefined };
    const found = this.#tree.packageJson(folder);
    if (found?.stave !== undefined) return { kind: 'nowhere', name, bundle: found.version ?? '*' };
    return { kind: 'inside', folder, subpath };
  }

  /** A dependency that lists the name among its own dependencies keeps its private copy; the bundle's own files do not. */
  #isOwnDependency(importer: string, name: string): boolean {
    const owner = this.#tree.packageRoot(importer);
    if (owner === this.#tree.root) return false;
    const manifest = this.#tree.packageJson(owner);
    return Object.hasOwn({ ...manifest?.dependencies, ...manifest?.optionalDependencies }, name);
  }
}

import { join } from 'node:path';
import type { BundleScope } from './bundle-scope.js';
import { ACTIVATOR, COMPONENTS, type FilesLayout } from './compiled-module.js';
import type { ExportSource } from './loaded-bundle.js';
import { splitSpecifier } from './specifier.js';

/** The exports of a module that is loaded file by file. */
export class FilesSource implements ExportSource {
  readonly #scope: BundleScope;
  readonly #layout: FilesLayout;
  readonly #files = new Map<string, string | undefined>();

  constructor(scope: BundleScope, layout: FilesLayout) {
    this.#scope = scope;
    this.#layout = layout;
  }

  get keys(): readonly string[] {
    return Object.keys(this.#layout.packages);
  }

  has(key: string): boolean {
    return this.#fileOf(key) !== undefined;
  }

  evaluate(key: string): unknown {
    const file = this.#fileOf(key);
    return file === undefined ? undefined : this.#scope.files.load(file);
  }

  #fileOf(key: string): string | undefined {
    if (!this.#files.has(key)) this.#files.set(key, this.#findFile(key));
    return this.#files.get(key);
  }

  #findFile(key: string): string | undefined {
    const { tree } = this.#scope;
    const { activator, components, packages } = this.#layout;
    if (key === ACTIVATOR) return activator && join(tree.root, activator);
    if (key === COMPONENTS) return components && join(tree.root, components);
    const { name, subpath } = splitSpecifier(key);
    const folder = Object.hasOwn(packages, name) ? packages[name] : undefined;
    return folder === undefined ? undefined : tree.subpath(join(tree.root, folder), subpath);
  }
}

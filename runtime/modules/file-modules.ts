import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { markEsm } from './esm-marks.js';
import { moduleNotFound } from './module-errors.js';
import { IMPORT_CONDITIONS, REQUIRE_CONDITIONS, resolveTarget } from './package-exports.js';
import type { PackageTree } from './package-tree.js';
import { isRelative } from './specifier.js';
import type { SpecifierRules } from './specifier-rules.js';

/** What CommonJS code sees as `module`. */
export interface FileModule {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
  loaded: boolean;
  readonly children: readonly FileModule[];
  readonly paths: readonly string[];
  require: FileRequire | undefined;
}

/** What CommonJS code sees as `require`. */
export interface FileRequire {
  (specifier: string): unknown;
  resolve(specifier: string): string;
  readonly cache: Record<string, unknown>;
  readonly main: undefined;
  readonly extensions: Record<string, unknown>;
}

/** A require with what code expects on it; its cache and extensions are empty, and changing them has no effect. */
export function fileRequire(
  load: (specifier: string) => unknown,
  resolve: (specifier: string) => string,
): FileRequire {
  const cache = Object.create(null) as Record<string, unknown>;
  const extensions = Object.create(null) as Record<string, unknown>;
  return Object.assign(load, { resolve, cache, main: undefined, extensions });
}

/** What a file sees as `import.meta`. */
export interface FileMeta {
  readonly url: string;
  readonly filename: string;
  readonly dirname: string;
  readonly require: FileRequire;
  resolve(specifier: string): string;
}

/** Where file modules get from what is not a file of their own. */
export interface FileHost {
  readonly tree: PackageTree;
  readonly rules: SpecifierRules;
  builtin(name: string): unknown;
  outside(name: string, subpath: string): unknown;
  /** Function of a source file; `esm` tells whether it was an ES module. Throws for a file that needed to be transformed and was not. */
  compile(path: string): { readonly run: FileFunction; readonly esm: boolean };
}

export type FileFunction = (meta: () => FileMeta, module: FileModule, require: FileRequire) => void;

type Located = { readonly file: string } | { readonly value: () => unknown; readonly name: string };

/** Files of one bundle, loaded by Node's rules: each once, whoever asks; partly done ones are seen in circles. */
export class FileModules {
  readonly #host: FileHost;
  readonly #modules = new Map<string, FileModule>();
  readonly #located = new Map<string, Located>();

  constructor(host: FileHost) {
    this.#host = host;
  }

  /** Exports of a file. @param path absolute */
  load(path: string): unknown {
    const known = this.#modules.get(path);
    if (known) return known.exports;
    const module: FileModule = {
      exports: {},
      id: path,
      filename: path,
      loaded: false,
      children: [],
      paths: [],
      require: undefined,
    };
    this.#modules.set(path, module);
    try {
      this.#evaluate(path, module);
    } catch (error) {
      this.#modules.delete(path);
      throw error;
    }
    module.loaded = true;
    return module.exports;
  }

  #evaluate(path: string, module: FileModule): void {
    switch (extname(path)) {
      case '.json':
        module.exports = parseJson(path);
        return;
      case '.node':
        process.dlopen(module, path);
        return;
      default: {
        const { run, esm } = this.#host.compile(path);
        const require = this.requireFrom(path, esm);
        module.require = require;
        const before = module.exports;
        run(() => this.meta(path, require), module, require);
        // An ES module without exports gets no object from esbuild's helper.
        if (esm && module.exports === before) markEsm(module.exports);
      }
    }
  }

  meta(path: string, require: FileRequire = this.requireFrom(path, true)): FileMeta {
    return {
      url: pathToFileURL(path).href,
      filename: path,
      dirname: dirname(path),
      require,
      resolve: (specifier) => {
        const resolved = require.resolve(specifier);
        return resolved.startsWith('/') ? pathToFileURL(resolved).href : resolved;
      },
    };
  }

  /** @param esm whether the importer is an ES module, which decides on the conditions inside the bundle */
  requireFrom(importer: string, esm: boolean): FileRequire {
    const locate = (specifier: string): Located => this.#locate(importer, specifier, esm);
    const require = (specifier: string): unknown => {
      const located = locate(specifier);
      return 'file' in located ? this.load(located.file) : located.value();
    };
    return fileRequire(require, (specifier) => {
      const located = locate(specifier);
      return 'file' in located ? located.file : located.name;
    });
  }

  #locate(importer: string, specifier: string, esm: boolean): Located {
    const key = `${dirname(importer)}\0${specifier}\0${esm}`;
    let located = this.#located.get(key);
    if (!located) {
      located = this.#search(importer, specifier, esm);
      this.#located.set(key, located);
    }
    return located;
  }

  #search(importer: string, specifier: string, esm: boolean): Located {
    if (typeof specifier !== 'string' || specifier === '') {
      throw new TypeError(`require needs the name of a module, but got ${JSON.stringify(specifier)}`);
    }
    const { tree, rules } = this.#host;
    const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier;
    if (isRelative(path))
      return this.#file(
        tree.file(join(path.startsWith('/') ? '/' : dirname(importer), path)),
        specifier,
        importer,
      );
    const conditions = esm ? IMPORT_CONDITIONS : REQUIRE_CONDITIONS;
    if (specifier.startsWith('#')) {
      const folder = tree.enclosing(dirname(importer));
      const target = resolveTarget(tree.packageJson(folder)?.imports, specifier, conditions);
      if (target === undefined) throw moduleNotFound(specifier, tree.name(importer));
      if (!target.startsWith('./')) return this.#search(importer, target, esm);
      return this.#file(tree.file(join(folder, target)), specifier, importer);
    }
    const destination = rules.decide(specifier, importer);
    switch (destination.kind) {
      case 'builtin':
        return { name: specifier, value: () => this.#host.builtin(destination.name) };
      case 'outside':
        return { name: specifier, value: () => this.#host.outside(destination.name, destination.subpath) };
      case 'nowhere':
        throw moduleNotFound(specifier, tree.name(importer));
      default: {
        const { folder, subpath } = destination;
        // Where its kind of importer gets nothing, a file gets what all others get.
        const file = tree.subpath(folder, subpath, conditions) ?? tree.subpath(folder, subpath);
        return this.#file(file, specifier, importer);
      }
    }
  }

  #file(file: string | undefined, specifier: string, importer: string): Located {
    if (file === undefined) throw moduleNotFound(specifier, this.#host.tree.name(importer));
    return { file };
  }

  clear(): void {
    this.#modules.clear();
    this.#located.clear();
  }
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SyntaxError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

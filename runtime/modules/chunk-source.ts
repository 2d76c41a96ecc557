import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleScope } from './bundle-scope.js';
import { CHUNK_FILE, MAP_FILE } from './compiled-module.js';
import { type FileMeta, type FileRequire, fileRequire } from './file-modules.js';
import { FILE_PREFIX } from './file-prefix.js';
import type { ExportSource } from './loaded-bundle.js';
import { moduleNotFound } from './module-errors.js';
import { builtinName, isRelative, joinSpecifier, splitSpecifier } from './specifier.js';
import { SYSTEM_PACKAGES } from './specifier-rules.js';

type Table = Readonly<Record<string, () => unknown>>;
type Inner = (exports: object, require: unknown, module: object) => void;

/** The entries of a chunk, evaluated when they are first asked for. */
export class ChunkSource implements ExportSource {
  readonly #scope: BundleScope;
  #table: Table | undefined;

  constructor(scope: BundleScope) {
    this.#scope = scope;
  }

  get keys(): readonly string[] {
    const { layout } = this.#scope.compiled;
    return layout.kind === 'chunk' ? layout.entries : [];
  }

  has(key: string): boolean {
    return this.keys.includes(key);
  }

  /** Evaluates the entry of a key; inside a circle of packages gives what there is of it so far. */
  evaluate(key: string): unknown {
    this.#table ??= this.#run();
    return this.#table[key]?.();
  }

  #run(): Table {
    const scope = this.#scope;
    const { folder, files } = scope.compiled;
    const filename = join(folder, CHUNK_FILE);
    scope.mapStacks(filename, () => readFileSync(join(folder, MAP_FILE), 'utf8'));
    const source = readFileSync(filename, 'latin1');
    const outer = scope.codeCache.compile(CHUNK_FILE, source, files[CHUNK_FILE]!.crc!, filename);
    scope.codeCache.release();
    const inner = outer(scope.helpers, undefined, ...scope.facades.globals) as Inner;
    const module = { exports: {} };
    inner(module.exports, this.#require(), module);
    return module.exports;
  }

  /** What the chunk's code requires at run time: builtins, wired packages, files, and names that are computed. */
  #require(): FileRequire {
    const scope = this.#scope;
    let own: FileMeta | undefined;
    const fallback = (): FileRequire => {
      own ??= scope.files.meta(join(scope.environment.root, 'package.json'));
      return own.require;
    };
    const require = (specifier: string): unknown => {
      const builtin = builtinName(specifier);
      if (builtin !== undefined) return scope.facades.builtin(builtin);
      if (specifier.startsWith(FILE_PREFIX)) {
        return scope.files.load(join(scope.environment.root, specifier.slice(FILE_PREFIX.length)));
      }
      if (isRelative(specifier)) {
        const hint = 'a computed relative path needs "stave": { "loading": "files" } in package.json';
        throw moduleNotFound(specifier, scope.title, hint);
      }
      const { name, subpath } = splitSpecifier(specifier);
      const { declared } = scope.compiled;
      if (SYSTEM_PACKAGES.has(name) || declared === '*' || declared.includes(name))
        return scope.outside(name, subpath);
      const key = joinSpecifier(name, subpath);
      return this.keys.includes(key) ? this.evaluate(key) : fallback()(specifier);
    };
    return fileRequire(require, (specifier) => fallback().resolve(specifier));
  }
}

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { type Disposable, type ErrorCode, StaveError } from '@stave/api';
import { DisposableStore } from '../base/disposable-store.js';
import { BuiltinFacades } from './builtin-facades.js';
import { CodeCache } from './code-cache.js';
import { CHUNK_FILE, type CompiledModule, MAPS_FILE, PACK_FILE, type PackSlice } from './compiled-module.js';
import { esmObject, isEsm, markEsm } from './esm-marks.js';
import { type FileFunction, type FileMeta, FileModules } from './file-modules.js';
import type { ModuleEnvironment, SystemPackages } from './module-environment.js';
import { evaluationError, moduleNotFound } from './module-errors.js';
import { wrapModule } from './module-wrapper.js';
import { PackageTree } from './package-tree.js';
import { runWithTimeout } from './run-with-timeout.js';
import { SpecifierRules, SYSTEM_PACKAGES } from './specifier-rules.js';
import type { MappedScript, StackTraces } from './stack-traces.js';

/** What the loader gives to all bundles. */
export interface ScopeHost {
  readonly systemPackages: SystemPackages;
  readonly stackTraces: StackTraces;
}

/** What the compiled code of one bundle is connected to: its files, builtins, wires and code cache. */
export class BundleScope implements Disposable {
  readonly compiled: CompiledModule;
  readonly environment: ModuleEnvironment;
  readonly codeCache: CodeCache;
  readonly facades: BuiltinFacades;
  readonly #host: ScopeHost;
  readonly #disposables = new DisposableStore();
  #files: FileModules | undefined;
  #tree: PackageTree | undefined;

  constructor(compiled: CompiledModule, environment: ModuleEnvironment, host: ScopeHost) {
    this.compiled = compiled;
    this.environment = environment;
    this.#host = host;
    this.codeCache = new CodeCache(compiled.folder);
    this.facades = new BuiltinFacades(environment.track, environment.console ?? console, (from) => {
      const path = String(from).startsWith('file:') ? fileURLToPath(from) : String(from);
      return this.files.requireFrom(path, false);
    });
  }

  /** `name version`, for errors. */
  get title(): string {
    const { name, version } = this.environment.bundle;
    return `${name} ${version}`;
  }

  /** Under this name compiled code finds the loader. */
  readonly helpers = {
    esm: esmObject,
    isEsm,
    meta: (file: string): FileMeta => this.files.meta(join(this.environment.root, file)),
  };

  get tree(): PackageTree {
    this.#tree ??= new PackageTree(this.environment.root);
    return this.#tree;
  }

  get files(): FileModules {
    const { declared } = this.compiled;
    this.#files ??= new FileModules({
      tree: this.tree,
      rules: new SpecifierRules(this.tree, declared === '*' ? '*' : new Set(declared)),
      builtin: (name) => this.facades.builtin(name),
      outside: (name, subpath) => this.outside(name, subpath),
      compile: (path) => this.#compileFile(path),
    });
    return this.#files;
  }

  /** Exports of a system package or of a wired one. */
  outside(name: string, subpath: string): unknown {
    const { declared } = this.compiled;
    if (SYSTEM_PACKAGES.has(name)) {
      const exports = this.#host.systemPackages(name, subpath);
      if (exports !== undefined) {
        markEsm(exports);
        return exports;
      }
    } else if (declared === '*' || declared.includes(name)) {
      return this.environment.require(name, subpath);
    }
    throw moduleNotFound(name + subpath.slice(1), this.title);
  }

  /**
   * Evaluates an export, under the time limit when it is the first time; its errors say where in the sources they come from.
   * @param what named in the error
   */
  evaluate<T>(key: string, what: string, fn: () => T): T {
    const { evaluationTimeoutMs, proven } = this.environment;
    try {
      const value = runWithTimeout(fn, proven?.has(key) ? 0 : evaluationTimeoutMs, what);
      proven?.add(key);
      return value;
    } catch (error) {
      throw evaluationError(error, this.title, this.environment.root);
    }
  }

  /** Shows stacks of a script in terms of its sources, as long as the code is there. */
  mapStacks(filename: string, readMap: MappedScript['readMap']): void {
    this.#disposables.add(this.#host.stackTraces.add(filename, { root: this.environment.root, readMap }));
  }

  /** `file:line:column`, relative to the bundle, of a place in its running code; undefined for code that is not its own. */
  sourcePlace(filename: string, line: number, column: number): string | undefined {
    const { root } = this.environment;
    const { folder } = this.compiled;
    const isFile = filename.startsWith(`${root}/`);
    if (!isFile && filename !== join(folder, CHUNK_FILE)) return undefined;
    const position = this.#host.stackTraces.sourcePosition(filename, line, column);
    if (position !== undefined) return relative(root, position);
    return `${relative(isFile ? root : folder, filename)}:${line}:${column}`;
  }

  #compileFile(path: string): { run: FileFunction; esm: boolean } {
    const { layout, folder } = this.compiled;
    const file = this.tree.name(path);
    const transformed =
      layout.kind === 'files' && Object.hasOwn(layout.transformed, file)
        ? layout.transformed[file]
        : undefined;
    if (!transformed) this.#refuseUntransformed(file);
    const source = transformed
      ? readSlice(join(folder, PACK_FILE), transformed.code).toString('latin1')
      : wrapModule(readFileSync(path, 'utf8'), 'cjs', false);
    if (transformed)
      this.mapStacks(path, () => readSlice(join(folder, MAPS_FILE), transformed.map).toString('utf8'));
    const outer = this.codeCache.compile(file, source, crc32(source), path);
    const run: FileFunction = (meta, module, require) => {
      const inner = outer(this.helpers, transformed ? meta() : undefined, ...this.facades.globals) as (
        ...args: unknown[]
      ) => void;
      inner.call(module.exports, module.exports, require, module, path, join(path, '..'));
    };
    return { run, esm: transformed?.esm ?? false };
  }

  #refuseUntransformed(file: string): void {
    const { layout } = this.compiled;
    const broken =
      layout.kind === 'files' && Object.hasOwn(layout.broken, file) ? layout.broken[file] : undefined;
    if (broken) throw new StaveError(broken.code as ErrorCode, broken.text, { where: this.title });
    const isModule =
      this.tree.packageJson(this.tree.enclosing(join(this.tree.root, file, '..')))?.type === 'module';
    if (/\.([mc]?tsx?|jsx|mjs)$/.test(file) || (isModule && !file.endsWith('.cjs'))) {
      throw new StaveError(
        'STAVE_MODULE_NOT_FOUND',
        `${file} is loaded by a name that is only known at run time`,
        {
          where: this.title,
          remedy: 'import it by a literal name, or set "stave": { "loading": "files" } in package.json',
        },
      );
    }
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#files?.clear();
    this.#files = undefined;
  }
}

function readSlice(path: string, { start, end }: PackSlice): Buffer {
  const handle = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(end - start);
    readSync(handle, buffer, 0, buffer.length, start);
    return buffer;
  } finally {
    closeSync(handle);
  }
}

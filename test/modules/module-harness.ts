import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest } from '@stave/api';
import { sha256 } from 'stave/base/digest.js';
import type { CompileCallOptions, CompiledModule, CompileInput } from 'stave/modules/compiled-module.js';
import { Compiler } from 'stave/modules/compiler.js';
import type { LoadedModule, ModuleEnvironment } from 'stave/modules/module-environment.js';
import { ModuleLoader } from 'stave/modules/module-loader.js';
import { withTemporaryFolder } from '../support/temporary.js';

export type Files = Readonly<Record<string, string | object>>;

export function manifest(name: string, more: Partial<Manifest> = {}): Manifest {
  return {
    name,
    version: '1.0.0',
    description: undefined,
    isBundle: true,
    activator: undefined,
    components: undefined,
    imports: [],
    exports: [{ name, version: '1.0.0', uses: [] }],
    provides: [],
    requires: [],
    config: {},
    startLevel: undefined,
    singleton: false,
    isolation: 'none',
    engine: undefined,
    loading: 'chunk',
    ...more,
  };
}

export function importsOf(...names: string[]): Manifest['imports'] {
  return names.map((name) => ({ name, range: '*', optional: false }));
}

export function writeFiles(root: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** A compiler and a loader in a temporary folder, with bundles made of texts and wires made of objects or other bundles. */
export class ModuleHarness {
  readonly folder: string;
  readonly cacheFolder: string;
  readonly compiler: Compiler;
  readonly loader: ModuleLoader;
  /** What packages give, by name; a function is asked with the subpath. */
  readonly wires = new Map<string, (subpath: string) => unknown>();
  readonly system = new Map<string, unknown>();
  /** Inverses of what bundles have started and not ended. */
  readonly tracked = new Set<() => void>();
  evaluationTimeoutMs = 0;
  /** Keys of exports that were evaluated to their end, of whatever bundle. */
  readonly proven = new Set<string>();
  #count = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.cacheFolder = join(folder, 'cache');
    this.compiler = new Compiler({ cacheFolder: this.cacheFolder });
    this.loader = new ModuleLoader({ systemPackages: (name) => this.system.get(name) });
  }

  /** Writes the files of a bundle; a package.json is made up unless one is given. */
  input(files: Files, more: Partial<Manifest> = {}): CompileInput {
    this.#count += 1;
    const given = files['package.json'] as { name?: string } | undefined;
    const name = more.name ?? given?.name ?? '@acme/bundle';
    const root = join(this.folder, 'store', String(this.#count));
    writeFiles(root, { 'package.json': { name, type: 'module', exports: './index.ts' }, ...files });
    return { digest: sha256(JSON.stringify([files, more])), root, manifest: manifest(name, more) };
  }

  environment(input: CompileInput): ModuleEnvironment {
    return {
      bundle: { id: 1, name: input.manifest.name, version: input.manifest.version },
      root: input.root,
      require: (name, subpath) => {
        const wire = this.wires.get(name);
        if (!wire) throw new Error(`${name} is not wired`);
        return wire(subpath);
      },
      track: (undo) => {
        this.tracked.add(undo);
        return { dispose: () => void this.tracked.delete(undo) };
      },
      evaluationTimeoutMs: this.evaluationTimeoutMs,
      proven: this.proven,
    };
  }

  compile(input: CompileInput, options?: CompileCallOptions): Promise<CompiledModule> {
    return this.compiler.compile(input, options);
  }

  async load(input: CompileInput, options?: CompileCallOptions): Promise<LoadedModule> {
    return this.loader.load(await this.compile(input, options), this.environment(input));
  }

  /** Compiles and evaluates the main export of a bundle. */
  async main<T = Record<string, unknown>>(files: Files, more: Partial<Manifest> = {}): Promise<T> {
    const input = this.input(files, more);
    return (await this.load(input)).exportOf(input.manifest.name, '.') as T;
  }

  /** Compiles a bundle and makes it a wire under its name. */
  async provide(files: Files, more: Partial<Manifest> = {}): Promise<LoadedModule> {
    const input = this.input(files, more);
    const loaded = await this.load(input);
    this.wires.set(input.manifest.name, (subpath) => loaded.exportOf(input.manifest.name, subpath));
    return loaded;
  }
}

/** Runs the body with a harness, and leaves nothing behind. */
export function withModules<T>(body: (harness: ModuleHarness) => T | Promise<T>): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const harness = new ModuleHarness(folder);
    try {
      return await body(harness);
    } finally {
      for (const undo of harness.tracked) undo();
      harness.loader.dispose();
      await harness.compiler.close();
    }
  });
}

/** What a promise or function throws; fails when it does not. */
export async function thrownBy(action: () => unknown): Promise<Error & { code?: string }> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

import { StaveError } from '@stave/api';
import { DisposableStore, toDisposable } from '../base/disposable-store.js';
import type { BundleSpec } from './bundle-entry.js';
import { runInBundle } from './bundle-scope.js';
import type { LoadedModule, ModuleHost, ProvenCode, Revision, SystemPackages } from './collaborators.js';

/** What an instance needs of its surroundings. */
export interface InstanceSurroundings {
  readonly modules: ModuleHost;
  readonly system: SystemPackages;
  readonly evaluationTimeoutMs: number;
  readonly proven: ProvenCode;
}

/**
 * One revision of a bundle with its wires, in memory. Its code is loaded at the first use. Importers hold the instance that they
 * were wired to, so an old one lives on until the last of them is wired anew.
 */
export class ModuleInstance {
  readonly digest: string;
  readonly #scope: { readonly id: number; readonly name: string; readonly version: string };
  readonly #revision: Revision;
  readonly #surroundings: InstanceSurroundings;
  readonly #providers: ReadonlyMap<string, ModuleInstance | 'system'>;
  #taken = new DisposableStore();
  #loaded: LoadedModule | undefined;
  #disposed = false;

  constructor(
    spec: BundleSpec,
    revision: Revision,
    providers: ReadonlyMap<string, ModuleInstance | 'system'>,
    surroundings: InstanceSurroundings,
  ) {
    this.digest = revision.digest;
    this.#scope = { id: spec.id, name: spec.name, version: spec.version };
    this.#revision = revision;
    this.#providers = providers;
    this.#surroundings = surroundings;
  }

  get isLoaded(): boolean {
    return this.#loaded !== undefined;
  }

  /** Instances of other bundles that this one is wired to. */
  providers(): readonly ModuleInstance[] {
    return [...this.#providers.values()].filter((provider) => provider !== 'system');
  }

  /** The code; evaluated piece by piece as it is asked for. */
  load(): LoadedModule {
    const { proven } = this.#surroundings;
    if (this.#disposed) {
      throw new StaveError('STAVE_CONTEXT_INVALID', `the code of ${this.#scope.name} was given back`);
    }
    this.#loaded ??= this.#surroundings.modules.load(this.#revision.compiled, {
      bundle: this.#scope,
      root: this.#revision.root,
      evaluationTimeoutMs: this.#surroundings.evaluationTimeoutMs,
      proven: {
        has: (key) => proven.has(this.digest, key),
        add: (key) => proven.add(this.digest, key),
      },
      require: (packageName, subpath) => this.#require(packageName, subpath),
      track: (undo) => this.#track(undo),
    });
    return this.#loaded;
  }

  exportOf(packageName: string, subpath: string): unknown {
    // Evaluation belongs to the provider, whoever asked first.
    return runInBundle(this.#scope, () => this.load().exportOf(packageName, subpath));
  }

  #require(packageName: string, subpath: string): unknown {
    const provider = this.#providers.get(packageName);
    if (provider === undefined) {
      throw new StaveError('STAVE_MODULE_NOT_FOUND', `${this.#scope.name} is not wired to ${packageName}`);
    }
    return provider === 'system'
      ? this.#surroundings.system.get(packageName, subpath)
      : provider.exportOf(packageName, subpath);
  }

  #track(undo: () => void): { dispose(): void } {
    const taken = this.#taken;
    const item = taken.add(toDisposable(undo));
    return { dispose: () => taken.delete(item) };
  }

  /** Gives back timers and listeners that the code took by itself, such as with setInterval. */
  release(): void {
    const taken = this.#taken;
    this.#taken = new DisposableStore();
    taken.dispose();
  }

  /** Lets go of the code for ever; whoever still asks for it gets an error. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.release();
    this.#loaded?.dispose();
    this.#loaded = undefined;
  }
}

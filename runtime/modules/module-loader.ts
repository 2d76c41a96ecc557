import { setImmediate } from 'node:timers/promises';
import type { Disposable } from '@stave/api';
import { BundleScope } from './bundle-scope.js';
import { ChunkSource } from './chunk-source.js';
import type { CompiledModule } from './compiled-module.js';
import { FilesSource } from './files-source.js';
import { LoadedBundle } from './loaded-bundle.js';
import type { LoadedModule, ModuleEnvironment, SystemPackages } from './module-environment.js';
import { StackTraces } from './stack-traces.js';

export interface ModuleLoaderOptions {
  readonly systemPackages: SystemPackages;
}

/** A place in the sources of a bundle. */
export interface SourcePlace {
  /** `name version` */
  readonly bundle: string;
  /** `file:line:column`, relative to the bundle. */
  readonly place: string;
}

/** Runs compiled modules. One for the process, since it also shows source lines in stacks. */
export class ModuleLoader implements Disposable {
  readonly #systemPackages: SystemPackages;
  readonly #stackTraces = new StackTraces();
  readonly #scopes = new Set<BundleScope>();

  constructor(options: ModuleLoaderOptions) {
    this.#systemPackages = options.systemPackages;
  }

  /** Connects a compiled module to its environment. Nothing is read or run before something of it is asked for. */
  load(compiled: CompiledModule, environment: ModuleEnvironment): LoadedModule {
    const scope = new BundleScope(compiled, environment, {
      systemPackages: this.#systemPackages,
      stackTraces: this.#stackTraces,
    });
    const { layout } = compiled;
    const source = layout.kind === 'chunk' ? new ChunkSource(scope) : new FilesSource(scope, layout);
    this.#scopes.add(scope);
    return new LoadedBundle(scope, source, () => this.#scopes.delete(scope));
  }

  /**
   * Writes V8's code of what was loaded since the last time, module by module, so that the next start need not compile it. Call it
   * when idle. What cannot be written is left out: the cache only saves time.
   */
  async flushCodeCache(): Promise<void> {
    for (const scope of [...this.#scopes]) {
      scope.codeCache.release();
      if (scope.codeCache.isFlushed || !this.#scopes.has(scope)) continue;
      await scope.codeCache.flush().catch(() => undefined);
      await setImmediate();
    }
  }

  /**
   * The loaded bundle that a place in running code belongs to, and where that is in its sources. Undefined for other code.
   * @param filename as in a stack; line and column are counted from 1
   */
  findPlace(filename: string, line: number, column: number): SourcePlace | undefined {
    for (const scope of this.#scopes) {
      const place = scope.sourcePlace(filename, line, column);
      if (place !== undefined) return { bundle: scope.title, place };
    }
    return undefined;
  }

  dispose(): void {
    this.#scopes.clear();
    this.#stackTraces.dispose();
  }
}

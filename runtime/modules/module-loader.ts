import { setImmediate } from 'node:timers/promises';
import type { Disposable } from '@stave/api';
import { BundleScope } from './bundle-scope.js';
import { ChunkSource } from './chunk-source.js';
import type { CodeCache } from './code-cache.js';
import type { CompiledModule } from './compiled-module.js';
import { FilesSource } from './files-source.js';
import { LoadedBundle } from './loaded-bundle.js';
import type { LoadedModule, ModuleEnvironment, SystemPackages } from './module-environment.js';
import { StackTraces } from './stack-traces.js';

export interface ModuleLoaderOptions {
  readonly systemPackages: SystemPackages;
}

/** Runs compiled modules. One for the process, since it also shows source lines in stacks. */
export class ModuleLoader implements Disposable {
  readonly #systemPackages: SystemPackages;
  readonly #stackTraces = new StackTraces();
  /** Of modules that are loaded; those with nothing new to write are passed over. */
  readonly #codeCaches = new Set<CodeCache>();

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
    this.#codeCaches.add(scope.codeCache);
    return new LoadedBundle(scope, source, () => this.#codeCaches.delete(scope.codeCache));
  }

  /**
   * Writes V8's code of what was loaded since the last time, module by module, so that the next start need not compile it. Call it
   * when idle. What cannot be written is left out: the cache only saves time.
   */
  async flushCodeCache(): Promise<void> {
    for (const cache of [...this.#codeCaches]) {
      cache.release();
      if (cache.isFlushed || !this.#codeCaches.has(cache)) continue;
      await cache.flush().catch(() => undefined);
      await setImmediate();
    }
  }

  dispose(): void {
    this.#codeCaches.clear();
    this.#stackTraces.dispose();
  }
}

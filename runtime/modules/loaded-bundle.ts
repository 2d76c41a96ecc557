import { StaveError } from '@stave/api';
import type { BundleScope } from './bundle-scope.js';
import { ACTIVATOR, COMPONENTS } from './compiled-module.js';
import type { LoadedModule } from './module-environment.js';
import { timeoutCount } from './run-with-timeout.js';
import { joinSpecifier } from './specifier.js';

/** Where the exports come from: a chunk, or files. Keys are exported specifiers, `:activator`, `:components`. */
export interface ExportSource {
  /** What can be asked for, for an error; of files only the names of packages. */
  readonly keys: readonly string[];
  has(key: string): boolean;
  /** Calling it again while it runs gives what there is so far. */
  evaluate(key: string): unknown;
}

type Outcome =
  | { readonly kind: 'running'; readonly since: number }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: StaveError };

/** Remembers what came of each export, and refuses all once the code was stopped half-way or dropped. */
export class LoadedBundle implements LoadedModule {
  readonly #scope: BundleScope;
  readonly #onDispose: () => void;
  readonly #outcomes = new Map<string, Outcome>();
  #source: ExportSource | undefined;
  /** Set when a time limit stopped the code: what it left behind is in no known state. */
  #stopped: StaveError | undefined;

  constructor(scope: BundleScope, source: ExportSource, onDispose: () => void) {
    this.#scope = scope;
    this.#source = source;
    this.#onDispose = onDispose;
  }

  exportOf(name: string, subpath: string): unknown {
    const specifier = joinSpecifier(name, subpath);
    const source = this.#use();
    if (source.has(specifier)) return this.#get(specifier, specifier);
    const offered = source.keys.filter((key) => !key.startsWith(':')).sort();
    throw new StaveError('STAVE_MODULE_NOT_EXPORTED', `${this.#scope.title} does not export ${specifier}`, {
      remedy:
        offered.length === 0
          ? 'add "exports" to its package.json'
          : `import one of what it exports: ${offered.join(', ')}`,
      details: { specifier, offered },
    });
  }

  activator(): unknown {
    return this.#use().has(ACTIVATOR) ? this.#get(ACTIVATOR, 'the activator') : undefined;
  }

  components(): unknown {
    return this.#use().has(COMPONENTS) ? this.#get(COMPONENTS, 'the module with the components') : undefined;
  }

  #use(): ExportSource {
    if (this.#stopped) throw this.#stopped;
    if (this.#source) return this.#source;
    throw new StaveError('STAVE_BUNDLE_STATE', `the code of ${this.#scope.title} was dropped`, {
      remedy: 'let go of what came from it when it is updated or uninstalled',
    });
  }

  #get(key: string, what: string): unknown {
    const source = this.#use();
    const outcome = this.#outcomes.get(key);
    switch (outcome?.kind) {
      case 'done':
        return outcome.value;
      case 'failed':
        throw outcome.error;
      case 'running':
        if (outcome.since !== timeoutCount()) throw this.#stop(what);
        return source.evaluate(key);
      default:
        return this.#evaluate(source, key, what);
    }
  }

  #evaluate(source: ExportSource, key: string, what: string): unknown {
    this.#outcomes.set(key, { kind: 'running', since: timeoutCount() });
    try {
      const value = this.#scope.evaluate(key, `loading ${what} of ${this.#scope.title}`, () =>
        source.evaluate(key),
      );
      this.#outcomes.set(key, { kind: 'done', value });
      return value;
    } catch (error) {
      const failure = error as StaveError;
      if (failure.code === 'STAVE_EVALUATION_TIMEOUT') this.#stopped ??= failure;
      this.#outcomes.set(key, { kind: 'failed', error: failure });
      throw failure;
    }
  }

  /** A limit further out stopped the code while it ran: no `catch` of ours was told. */
  #stop(what: string): StaveError {
    this.#stopped ??= new StaveError(
      'STAVE_EVALUATION_TIMEOUT',
      `loading ${what} of ${this.#scope.title} was stopped half-way`,
    );
    return this.#stopped;
  }

  dispose(): void {
    if (!this.#source) return;
    this.#source = undefined;
    this.#outcomes.clear();
    this.#scope.dispose();
    this.#onDispose();
  }
}

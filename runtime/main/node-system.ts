import type { BootSpan, Disposable, System } from '@stave/api';
import { Emitter } from '../base/emitter.js';
import { RUNTIME_VERSION } from './runtime-version.js';

export interface NodeSystemOptions {
  readonly name: string;
  readonly clean: System['clean'];
  readonly stale: () => readonly string[];
  readonly shutdown: () => void;
  readonly onListenerError: (error: unknown) => void;
}

/** The node as bundles and commands see it. */
export class NodeSystem implements System {
  readonly name: string;
  readonly version = RUNTIME_VERSION;
  boot: BootSpan = { name: 'boot', milliseconds: 0, children: [] };
  readonly #options: NodeSystemOptions;
  readonly #willShutdown: Emitter<undefined>;
  #stopping = false;

  constructor(options: NodeSystemOptions) {
    this.name = options.name;
    this.#options = options;
    this.#willShutdown = new Emitter(options.onListenerError);
  }

  get uptimeMilliseconds(): number {
    return performance.now();
  }

  clean(options: { readonly dryRun: boolean }): ReturnType<System['clean']> {
    return this.#options.clean(options);
  }

  stale(): readonly string[] {
    return this.#options.stale();
  }

  onWillShutdown(listener: () => void): Disposable {
    return this.#willShutdown.event(() => listener());
  }

  shutdown(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#willShutdown.fire(undefined);
    this.#options.shutdown();
  }
}

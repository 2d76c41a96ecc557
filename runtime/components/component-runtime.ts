import { type BundleContext, type ComponentInfo, type Components, componentDeclaration } from '@stave/api';
import { BundleContainer } from './bundle-container.js';
import { withCircles } from './circles.js';
import { ComponentSet, type FoundComponent } from './component-set.js';
import type { ConfigurationCheck } from './managed-component.js';
import type { ComponentClass, ComponentHost, ComponentParts } from './parts.js';

export interface ComponentRuntimeOptions extends ComponentHost {
  /** Called when the first bundle with components starts; reflect-metadata has to be loaded before. */
  readonly loadInversify: () => Promise<typeof import('inversify')>;
}

export interface AddOptions {
  /** By PID: coerces and checks by the schema that the bundle brings along. Without one properties pass as they are. */
  readonly checks: ReadonlyMap<string, ConfigurationCheck>;
  readonly signal: AbortSignal;
  /** Runs code of the bundle, so that what it does is attributed to it. */
  readonly run?: ComponentParts['run'];
}

/** The declared components of all started bundles. */
export class ComponentRuntime implements Components {
  readonly #options: ComponentRuntimeOptions;
  readonly #sets = new Set<ComponentSet>();

  constructor(options: ComponentRuntimeOptions) {
    this.#options = options;
  }

  list(): readonly ComponentInfo[] {
    return withCircles([...this.#sets].flatMap((set) => set.listed));
  }

  /**
   * Takes up the component classes among the exports of a bundle's components module. Resolves when they are begun; a
   * component that fails or waits is no error. Rejects only with the reason of an aborted signal.
   */
  async add(
    context: BundleContext,
    exports: Readonly<Record<string, unknown>>,
    options: AddOptions,
  ): Promise<ComponentSet> {
    const { checks, signal, run = (code) => code() } = options;
    const found = findComponents(exports);
    const set: ComponentSet = new ComponentSet(this.#options, { context, checks, run }, () =>
      this.#sets.delete(set),
    );
    if (found.length === 0) return set;
    const inversify = await this.#options.loadInversify();
    signal.throwIfAborted();
    this.#sets.add(set);
    set.start(found, new BundleContainer(inversify));
    return set;
  }
}

function findComponents(exports: Readonly<Record<string, unknown>>): readonly FoundComponent[] {
  return [...new Set(Object.values(exports))].flatMap((target) => {
    const declaration = componentDeclaration(target);
    return declaration ? [{ target: target as ComponentClass, declaration }] : [];
  });
}

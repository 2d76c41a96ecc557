import {
  type BundleContext,
  type ComponentDeclaration,
  type ComponentInfo,
  describeError,
  StaveError,
} from '@stave/api';
import { settleWithin } from '../framework/services/settle-within.js';
import type { BundleContainer } from './bundle-container.js';
import { checkDeclaration } from './check-declaration.js';
import type { ListedComponent } from './circles.js';
import { type ConfigurationCheck, ManagedComponent } from './managed-component.js';
import type { ComponentClass, ComponentHost, ComponentParts } from './parts.js';

/** A class that was found to be a component. */
export interface FoundComponent {
  readonly target: ComponentClass;
  readonly declaration: ComponentDeclaration;
}

/** What a bundle brings along for its components. */
export interface ComponentSetOptions {
  readonly context: BundleContext;
  readonly checks: ReadonlyMap<string, ConfigurationCheck>;
  readonly run: ComponentParts['run'];
}

const unchecked: ConfigurationCheck = (properties) => properties;

/** The components of one started bundle. */
export class ComponentSet {
  readonly #host: ComponentHost;
  readonly #options: ComponentSetOptions;
  readonly #components: ManagedComponent[] = [];
  readonly #invalid: ComponentInfo[] = [];
  readonly #onDisposed: () => void;
  #disposal: Promise<void> | undefined;

  constructor(host: ComponentHost, options: ComponentSetOptions, onDisposed: () => void) {
    this.#host = host;
    this.#options = options;
    this.#onDisposed = onDisposed;
  }

  get listed(): readonly ListedComponent[] {
    const managed = this.#components.map((component) => ({
      info: component.info,
      lacks: new Map(
        component.instances.flatMap((instance) =>
          instance.state.kind === 'waiting'
            ? instance
                .missing()
                .flatMap((missing) => (missing.kind === 'service' ? [[missing.text, missing.key]] : []))
            : [],
        ) as [string, string][],
      ),
    }));
    return [...managed, ...this.#invalid.map((info) => ({ info, lacks: new Map<string, string>() }))];
  }

  /** Takes up the components; one that is declared wrongly is listed as failed, and does not hold up the others. */
  start(found: readonly FoundComponent[], container: BundleContainer): void {
    const names = new Set<string>();
    for (const { target, declaration } of found) {
      try {
        if (names.has(declaration.name)) {
          throw new StaveError('STAVE_COMPONENT_INVALID', `two components are named ${declaration.name}`, {
            where: this.#options.context.bundle.name,
            remedy: 'give one of them another name: @component({ name })',
          });
        }
        names.add(declaration.name);
        checkDeclaration(target, declaration);
        container.bind(target, declaration);
        this.#components.push(this.#manage(target, declaration, container));
      } catch (error) {
        this.#refuse(declaration, error);
      }
    }
    // Only now: inversify plans a class at its first object, and nothing is to be bound after that.
    for (const component of [...this.#components]) this.#begin(component);
  }

  /** Resolves when every instance is active, waiting or failed. */
  async settled(): Promise<void> {
    const told = this.#components.map((component) => component.told);
    await settleWithin(told, this.#host.limits().start);
    for (;;) {
      const busy = this.#components.flatMap((component) => component.busy ?? []);
      if (busy.length === 0) return;
      await Promise.all(busy);
    }
  }

  /** Deactivates all, last first; resolves when they have let go of everything. */
  dispose(): Promise<void> {
    this.#disposal ??= Promise.all([...this.#components].reverse().map((component) => component.end())).then(
      () => this.#onDisposed(),
    );
    return this.#disposal;
  }

  #begin(component: ManagedComponent): void {
    try {
      component.start();
    } catch (error) {
      this.#components.splice(this.#components.indexOf(component), 1);
      this.#refuse(component.parts.declaration, error);
      void component.end();
    }
  }

  #manage(
    target: ComponentClass,
    declaration: ComponentDeclaration,
    container: BundleContainer,
  ): ManagedComponent {
    const { context, run, checks } = this.#options;
    const construct = (values: readonly unknown[]): object => container.construct(target, values);
    const check = checks.get(declaration.configuration ?? '') ?? unchecked;
    return new ManagedComponent({ host: this.#host, context, declaration, run, construct }, check);
  }

  #refuse(declaration: ComponentDeclaration, error: unknown): void {
    const { bundle } = this.#options.context;
    this.#host.log.error(`component ${declaration.name} of ${bundle.name} cannot be used`, error);
    this.#invalid.push({
      name: declaration.name,
      bundle: { id: bundle.id, name: bundle.name },
      declaration,
      instances: [{ pid: undefined, state: { kind: 'failed', reason: describeError(error) } }],
      references: [],
    });
  }
}

import { isDeepStrictEqual } from 'node:util';
import {
  type ComponentInstanceState,
  describeError,
  type JsonObject,
  type ServiceEvent,
  type ServiceReference,
  StaveError,
} from '@stave/api';
import { DisposableStore } from '../base/disposable-store.js';
import { Activation } from './activation.js';
import { type ComponentParts, titleOf } from './parts.js';
import { ReferenceBinding } from './reference-binding.js';

/** What an instance knows of its configuration. */
export type InstanceConfiguration =
  /** There is one, but its values are not known (yet): `refusal` says why. */
  | { readonly kind: 'expected'; readonly refusal: string | undefined }
  | { readonly kind: 'none' }
  | { readonly kind: 'present'; readonly properties: JsonObject };

/** Something that keeps an instance from becoming active. */
export type Missing =
  | { readonly kind: 'configuration'; readonly text: string }
  | { readonly kind: 'service'; readonly key: string; readonly text: string };

/**
 * One instance of a component: brings what is to what is wanted, one step at a time. Whatever changes only wakes it; the
 * step that follows looks at everything anew.
 */
export class ComponentInstance {
  readonly pid: string | undefined;
  readonly #parts: ComponentParts;
  readonly #bindings: readonly ReferenceBinding[];
  readonly #listening = new DisposableStore();
  #configuration: InstanceConfiguration;
  #activation: Activation | undefined;
  #failure: string | undefined;
  #ended = false;
  #dirty = false;
  #running: Promise<void> | undefined;

  constructor(parts: ComponentParts, pid: string | undefined, configuration: InstanceConfiguration) {
    this.#parts = parts;
    this.pid = pid;
    this.#configuration = configuration;
    this.#bindings = parts.declaration.references.map(
      (reference) => new ReferenceBinding(reference, parts.context.services),
    );
    for (const key of new Set(parts.declaration.references.map(({ token }) => token.key))) {
      this.#listening.add(parts.host.services.listen(key, (event) => this.#onServiceEvent(event)));
    }
    void this.#wake();
  }

  get state(): ComponentInstanceState {
    if (this.#activation) return { kind: this.#activation.phase };
    if (this.#failure !== undefined) return { kind: 'failed', reason: this.#failure };
    return { kind: 'waiting', for: this.missing().map(({ text }) => text) };
  }

  /** Resolves when it has come to rest: active, waiting or failed. */
  get idle(): Promise<void> | undefined {
    return this.#running;
  }

  missing(): readonly Missing[] {
    const missing: Missing[] = [];
    const configuration = this.#missingConfiguration();
    if (configuration !== undefined) missing.push({ kind: 'configuration', text: configuration });
    for (const binding of this.#bindings) {
      if (!binding.satisfied) missing.push(this.#missingService(binding));
    }
    return missing;
  }

  boundOf(index: number): readonly ServiceReference[] {
    return this.#activation?.boundOf(index) ?? [];
  }

  /** Takes a changed configuration; resolves when the component has been told. */
  configure(configuration: InstanceConfiguration): Promise<void> {
    if (isDeepStrictEqual(configuration, this.#configuration)) return this.#running ?? Promise.resolve();
    this.#configuration = configuration;
    this.#failure = undefined;
    return this.#wake();
  }

  /** Deactivates it for good; resolves when that is done. */
  end(): Promise<void> {
    this.#ended = true;
    this.#activation?.doom();
    return this.#wake().finally(() => this.#listening.dispose());
  }

  #missingConfiguration(): string | undefined {
    const { configuration, configurationPolicy } = this.#parts.declaration;
    const name = `configuration ${this.pid ?? configuration}`;
    const { kind } = this.#configuration;
    if (kind === 'expected') {
      const { refusal } = this.#configuration;
      return refusal === undefined ? name : `${name} (refused: ${refusal})`;
    }
    return kind === 'none' && configurationPolicy === 'require' ? name : undefined;
  }

  #missingService(binding: ReferenceBinding): Missing {
    const { token } = binding.declaration;
    const others = this.#parts.host.services.otherMajors(token);
    const hint = others.length > 0 ? ` (only ${others.join(' and ')} is offered)` : '';
    return { kind: 'service', key: token.key, text: `service ${binding.title}${hint}` };
  }

  #onServiceEvent(event: ServiceEvent): void {
    if (this.#ended && !this.#activation) return;
    this.#activation?.follow();
    if (this.#activation?.outdated) this.#activation.doom();
    if (event.type === 'unregistering' && this.#activation?.holds(event.reference)) {
      event.waitUntil(this.#activation.released);
    }
    if (!this.#activation) this.#failure = undefined;
    void this.#wake();
  }

  #wake(): Promise<void> {
    this.#dirty = true;
    // A turn later, so that what an author's code causes while it runs in a step does not begin another one inside.
    this.#running ??= Promise.resolve().then(() => this.#run());
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      try {
        await this.#step();
      } catch (error) {
        // Such as a context that was closed before its components were disposed.
        this.#failure = describeError(error);
        this.#parts.host.log.error(`${titleOf(this.#parts, this.pid)} cannot go on`, error);
      }
    }
    this.#running = undefined;
  }

  async #step(): Promise<void> {
    const activation = this.#activation;
    if (activation) {
      if (this.#isWanted(activation)) await this.#modify(activation);
      else await this.#replace(activation);
    } else if (!this.#ended && this.#failure === undefined && this.missing().length === 0) {
      await this.#activate();
    }
  }

  get #properties(): JsonObject | undefined {
    return this.#configuration.kind === 'present' ? this.#configuration.properties : undefined;
  }

  #isWanted(activation: Activation): boolean {
    if (this.#ended || activation.outdated || this.#missingConfiguration() !== undefined) return false;
    return this.#parts.declaration.modified !== undefined || activation.configuration === this.#properties;
  }

  async #modify(activation: Activation): Promise<void> {
    if (activation.configuration !== this.#properties) await activation.modify(this.#properties);
  }

  async #replace(activation: Activation): Promise<void> {
    await this.#letGo(activation);
    this.#dirty = true;
    // Components that make each other anew without end must not keep the node from everything else.
    if (!this.#ended) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async #letGo(activation: Activation): Promise<void> {
    await activation.deactivate();
    this.#activation = undefined;
  }

  async #activate(): Promise<void> {
    try {
      const holds = this.#bindings.map((binding) => {
        const bound = binding.choose(binding.candidates());
        if (bound) return { binding, bound };
        throw new StaveError('STAVE_COMPONENT_FAILED', `service ${binding.title} gave no object`, {
          where: titleOf(this.#parts, this.pid),
          remedy: 'see the log for what its factory threw',
        });
      });
      this.#activation = new Activation(this.#parts, this.pid, this.#properties, holds);
      await this.#activation.activate();
    } catch (error) {
      this.#failure = describeError(error);
      this.#parts.host.log.error(`${titleOf(this.#parts, this.pid)} failed to activate`, error);
      if (this.#activation) await this.#letGo(this.#activation);
    }
  }
}

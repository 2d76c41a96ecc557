import type { ComponentContext, JsonObject, ServiceReference, ServiceRegistration } from '@stave/api';
import { instanceProperties } from './instance-properties.js';
import { type ComponentParts, titleOf } from './parts.js';
import type { Bound, ReferenceBinding } from './reference-binding.js';
import { isPromiseLike, withinLimit } from './within-limit.js';

/** A reference with what it was given. */
interface Hold {
  readonly binding: ReferenceBinding;
  bound: Bound;
}

/** One life of a component instance: its object, what it was given, and the service that it offers. */
export class Activation {
  readonly #parts: ComponentParts;
  readonly #pid: string | undefined;
  readonly #holds: readonly Hold[];
  /** Made when somebody asks for the signal: most components never do, and it is dear. */
  #abort: AbortController | undefined;
  #aborted = false;
  #phase: 'activating' | 'active' | 'deactivating' = 'activating';
  #configuration: JsonObject | undefined;
  #object: object | undefined;
  /** Whether the object went through its activation, so that it has something to give back. */
  #activated = false;
  #doomed = false;
  #registration: ServiceRegistration | undefined;
  #release: () => void = () => undefined;
  /** Resolves when it holds nothing any more. */
  readonly released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  constructor(
    parts: ComponentParts,
    pid: string | undefined,
    configuration: JsonObject | undefined,
    holds: readonly { readonly binding: ReferenceBinding; readonly bound: Bound }[],
  ) {
    this.#parts = parts;
    this.#pid = pid;
    this.#configuration = configuration;
    this.#holds = holds.map((hold) => ({ ...hold }));
  }

  get phase(): 'activating' | 'active' | 'deactivating' {
    return this.#doomed && this.#phase === 'active' ? 'deactivating' : this.#phase;
  }

  get configuration(): JsonObject | undefined {
    return this.#configuration;
  }

  boundOf(index: number): readonly ServiceReference[] {
    return this.#holds[index]?.bound.references ?? [];
  }

  /**
   * Makes the object, calls its activate method and registers its service. Throws what the author's code throws, or
   * `STAVE_COMPONENT_FAILED` at the limit; when it is doomed it ends early, without an error.
   */
  async activate(): Promise<void> {
    const { declaration, run, construct, context } = this.#parts;
    try {
      const values = this.#holds.map(({ binding, bound }) => binding.valueOf(bound));
      this.#object = run(() => construct([...values, this.#contextNow()]));
      this.follow();
      if (this.#doomed) return;
      await this.#callActivate();
      this.#activated = true;
      if (this.#doomed) return;
    } catch (error) {
      if (this.#doomed) return;
      throw error;
    }
    if (declaration.provides.length > 0) {
      const properties = instanceProperties(declaration, this.#pid, this.#configuration);
      this.#registration = context.services.register(declaration.provides, this.#object, properties);
    }
    this.#phase = 'active';
  }

  /**
   * Decides that it has to go, whatever comes now: a provider may already wait for its release. One that is being
   * activated ends early.
   */
  doom(): void {
    this.#doomed = true;
    if (this.#phase === 'activating') this.#abortSignal();
  }

  /** Gives dynamic references what they are to hold now. One that lacks a mandatory service keeps what it had to the end. */
  follow(): void {
    for (const hold of this.#holds) {
      const { binding } = hold;
      const { policy, site } = binding.declaration;
      if (policy !== 'dynamic' || site.kind !== 'field' || !this.#object) continue;
      const next = binding.follow(hold.bound, this.#candidates(binding));
      if (next === undefined || next === hold.bound) continue;
      hold.bound = next;
      (this.#object as Record<PropertyKey, unknown>)[site.name] = binding.valueOf(next);
    }
  }

  /** Whether a static reference is to hold something else, or a mandatory dynamic one has nothing left. */
  get outdated(): boolean {
    if (this.#doomed) return true;
    return this.#holds.some(({ binding, bound }) =>
      binding.declaration.policy === 'static'
        ? binding.isOutdated(bound, this.#candidates(binding))
        : !binding.optional && this.#candidates(binding).length === 0,
    );
  }

  /**
   * Whether the provider of a service has to wait until this activation is released. Only static references count: were
   * dynamic ones to count as well, two components that came to need each other would wait for each other.
   */
  holds(reference: ServiceReference): boolean {
    return this.#holds.some(
      ({ binding, bound }) => binding.declaration.policy === 'static' && bound.references.includes(reference),
    );
  }

  /** Hands a changed configuration to the method marked for it; what that throws is logged, as the component stays. */
  async modify(configuration: JsonObject | undefined): Promise<void> {
    const { declaration, host } = this.#parts;
    this.#configuration = configuration;
    if (declaration.modified === undefined) return;
    try {
      await this.#call(declaration.modified, host.limits().start);
    } catch (error) {
      host.log.error(`${this.#title} failed to take its changed configuration`, error);
    }
    const properties = instanceProperties(declaration, this.#pid, configuration);
    try {
      this.#registration?.setProperties(properties);
    } catch (error) {
      host.log.error(`${this.#title} cannot offer its service with the changed configuration`, error);
    }
  }

  /** Withdraws the service, waits for its users, then lets the object go. Never throws. */
  async deactivate(): Promise<void> {
    this.#phase = 'deactivating';
    const registration = this.#registration;
    this.#registration = undefined;
    if (registration) await registration.unregister();
    this.#abortSignal();
    if (this.#activated) await this.#callDeactivate();
    this.#object = undefined;
    this.#release();
  }

  get #title(): string {
    return titleOf(this.#parts, this.#pid);
  }

  #contextNow(): ComponentContext {
    const activation = this;
    return Object.freeze({
      bundle: this.#parts.context,
      name: this.#parts.declaration.name,
      pid: this.#pid,
      properties: this.#configuration ?? {},
      get signal(): AbortSignal {
        return activation.#signal;
      },
    });
  }

  get #signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  #abortSignal(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }

  /** Services for a reference, without the one that this very object offers. */
  #candidates(binding: ReferenceBinding): readonly ServiceReference[] {
    const { declaration, context } = this.#parts;
    const candidates = binding.candidates();
    const { key } = binding.declaration.token;
    if (!this.#object || !declaration.provides.some((token) => token.key === key)) return candidates;
    return candidates.filter(
      (reference) => reference.bundleId !== context.bundle.id || binding.resolve(reference) !== this.#object,
    );
  }

  async #callActivate(): Promise<void> {
    const { declaration, host } = this.#parts;
    if (declaration.activate === undefined) return;
    const { start, stop } = host.limits();
    const result = this.#invoke(declaration.activate);
    if (!isPromiseLike(result)) return;
    const options = {
      limit: start,
      limitAfterAbort: stop,
      signal: this.#signal,
      what: `${this.#title}: activate`,
    };
    let given = false;
    const work = Promise.resolve(result);
    try {
      await withinLimit(work, options);
      given = true;
    } finally {
      if (!given) this.#undoLate(work);
    }
  }

  /** An activation that ends after it was given up still has to give back what it took. */
  #undoLate(work: Promise<unknown>): void {
    const object = this.#object;
    const context = this.#contextNow();
    const name = this.#parts.declaration.deactivate;
    if (!object || name === undefined) return;
    work
      .then(() => this.#parts.run(() => methodOf(object, name).call(object, context)))
      .catch(() => undefined);
  }

  async #callDeactivate(): Promise<void> {
    const { declaration, host } = this.#parts;
    if (declaration.deactivate === undefined) return;
    try {
      await this.#call(declaration.deactivate, host.limits().stop);
    } catch (error) {
      host.log.error(
        `${this.#title} failed to deactivate; what it was given is released all the same`,
        error,
      );
    }
  }

  async #call(name: string | symbol, limit: number): Promise<void> {
    const result = this.#invoke(name);
    if (isPromiseLike(result)) await withinLimit(result, { limit, what: `${this.#title}: ${String(name)}` });
  }

  #invoke(name: string | symbol): unknown {
    const object = this.#object;
    if (!object) return undefined;
    const context = this.#contextNow();
    return this.#parts.run(() => methodOf(object, name).call(object, context));
  }
}

type Method = (context: ComponentContext) => unknown;

function methodOf(object: object, name: string | symbol): Method {
  return (object as Record<PropertyKey, unknown>)[name] as Method;
}

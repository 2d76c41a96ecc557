import type { ServiceReference, ServiceTracker } from '@stave/api';

/** How a tracker sees the registry. */
export interface TrackedServices<T> {
  /** Matching references, best first. */
  references(): readonly ServiceReference<T>[];
  /** Whether it is registered and matches now. */
  matches(reference: ServiceReference<T>): boolean;
  resolve(reference: ServiceReference<T>): T | undefined;
  /** Runs a callback of the author; what it throws is logged. */
  call(callback: () => void): void;
}

/**
 * Tells a tracker what came, changed and went. Each event is read as "look again": listeners may register and unregister
 * while they are told, so that events can arrive in another order than they happened.
 */
export class ServiceTracking<T> {
  readonly #services: TrackedServices<T>;
  readonly #tracker: ServiceTracker<T>;
  readonly #tracked = new Map<ServiceReference<T>, { readonly service: T }>();
  #closed = false;

  constructor(services: TrackedServices<T>, tracker: ServiceTracker<T>) {
    this.#services = services;
    this.#tracker = tracker;
  }

  open(): void {
    for (const reference of this.#services.references()) this.look(reference, false);
  }

  /** @param changed whether its properties were replaced */
  look(reference: ServiceReference<T>, changed: boolean): void {
    if (this.#closed) return;
    const known = this.#tracked.get(reference);
    if (!this.#services.matches(reference)) {
      if (known) this.#remove(reference, known.service);
    } else if (known) {
      if (changed) this.#services.call(() => this.#tracker.modified?.(known.service, reference));
    } else {
      this.#add(reference);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [reference, { service }] of [...this.#tracked].reverse()) this.#remove(reference, service);
  }

  #add(reference: ServiceReference<T>): void {
    const service = this.#services.resolve(reference);
    if (service === undefined) return;
    this.#tracked.set(reference, { service });
    this.#services.call(() => this.#tracker.added?.(service, reference));
  }

  #remove(reference: ServiceReference<T>, service: T): void {
    this.#tracked.delete(reference);
    this.#services.call(() => this.#tracker.removed?.(service, reference));
  }
}

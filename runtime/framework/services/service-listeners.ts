import type { Disposable, ServiceEvent } from '@stave/api';

/**
 * Those who listen to one token, in the order in which they came. Thousands of component instances may listen to the same
 * one: joining and leaving cost the same however many there are, which a copied list would not give.
 */
export class ServiceListeners {
  readonly #listeners = new Set<{ readonly listener: (event: ServiceEvent) => void }>();
  readonly #onError: (error: unknown) => void;

  /** @param onError told what listeners throw */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: (event: ServiceEvent) => void): Disposable {
    const entry = { listener };
    this.#listeners.add(entry);
    return { dispose: () => void this.#listeners.delete(entry) };
  }

  /** Tells those who are there now; one that leaves meanwhile is told no more. */
  fire(event: ServiceEvent): void {
    for (const entry of [...this.#listeners]) {
      if (!this.#listeners.has(entry)) continue;
      try {
        entry.listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

import type { Disposable, Event } from '@stave/api';
import { toDisposable } from './disposable-store.js';

/** The private end of an Event. A listener that throws does not keep the others from being told. */
export class Emitter<T> implements Disposable {
  #listeners: readonly ((event: T) => void)[] = [];
  readonly #onError: (error: unknown) => void;

  /** @param onError told what listeners throw */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  readonly event: Event<T> = (listener) => {
    // A wrapper of its own, so that one function may listen twice and leave once.
    const entry = (event: T): void => listener(event);
    this.#listeners = [...this.#listeners, entry];
    return toDisposable(() => {
      this.#listeners = this.#listeners.filter((other) => other !== entry);
    });
  };

  get listenerCount(): number {
    return this.#listeners.length;
  }

  fire(event: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners = [];
  }
}

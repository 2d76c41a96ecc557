import type { ServiceFactory } from '@stave/api';
import type { ServiceOwner } from './service-entry.js';

/** The objects that one ServiceFactory has made, one for each bundle that asked. */
export class FactoryObjects {
  readonly #factory: ServiceFactory<unknown>;
  readonly #onError: (error: unknown, sentence: string) => void;
  readonly #made = new Map<number, { readonly user: ServiceOwner; readonly service: unknown }>();
  readonly #making = new Set<number>();

  /** @param onError told what the factory throws */
  constructor(factory: ServiceFactory<unknown>, onError: (error: unknown, sentence: string) => void) {
    this.#factory = factory;
    this.#onError = onError;
  }

  /** The object of one bundle; undefined when the factory fails, or asks for itself while it makes it. */
  get(user: ServiceOwner): unknown {
    const made = this.#made.get(user.id);
    if (made) return made.service;
    if (this.#making.has(user.id)) {
      this.#onError(undefined, `the factory asks for its own service while it makes it for ${user.name}`);
      return undefined;
    }
    this.#making.add(user.id);
    try {
      const service = this.#factory.getService(user);
      if (service !== undefined && service !== null) this.#made.set(user.id, { user, service });
      else this.#onError(undefined, `the factory made nothing for ${user.name}`);
      return service ?? undefined;
    } catch (error) {
      this.#onError(error, `the factory failed for ${user.name}`);
      return undefined;
    } finally {
      this.#making.delete(user.id);
    }
  }

  release(userId: number): void {
    // A factory that was stopped by a vm timeout never came to its own end.
    this.#making.delete(userId);
    const made = this.#made.get(userId);
    if (!made) return;
    this.#made.delete(userId);
    try {
      this.#factory.ungetService?.(made.user, made.service);
    } catch (error) {
      this.#onError(error, `the factory failed to take back what it made for ${made.user.name}`);
    }
  }

  releaseAll(): void {
    for (const userId of [...this.#made.keys()]) this.release(userId);
  }
}

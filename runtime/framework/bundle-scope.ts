import { AsyncLocalStorage } from 'node:async_hooks';

/** The bundle on whose behalf code runs. */
export interface BundleScope {
  readonly id: number;
  readonly name: string;
}

const storage = new AsyncLocalStorage<BundleScope>();

/** Runs code on behalf of a bundle; everything that it starts carries the name. */
export function runInBundle<T>(scope: BundleScope, body: () => T): T {
  return storage.run(scope, body);
}

/** The bundle that the running code belongs to; also answers inside handlers of uncaught errors. */
export function currentBundle(): BundleScope | undefined {
  return storage.getStore();
}

import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { Disposable } from '@stave/api';

/** Major collections that something unreachable never survives in practice. */
const COLLECTIONS = 3;

interface Watched {
  readonly name: string;
  readonly target: WeakRef<object>;
  collections: number;
  reported: boolean;
}

/** Finds what is still held in memory after it should be gone, by counting the major garbage collections that it survives. */
export class StaleCheck implements Disposable {
  readonly #onStale: (name: string) => void;
  #watched: Watched[] = [];
  #observer: PerformanceObserver | undefined;

  /** @param onStale told once for each thing that survives */
  constructor(onStale: (name: string) => void) {
    this.#onStale = onStale;
  }

  /** @param target whose collection is awaited, such as the exports of an uninstalled bundle */
  watch(name: string, target: object): void {
    this.#watched.push({ name, target: new WeakRef(target), collections: 0, reported: false });
    this.#observe();
  }

  /** Names of what has survived, in the order of watching. */
  stale(): readonly string[] {
    this.#forgetCollected();
    return this.#watched.filter(({ reported }) => reported).map(({ name }) => name);
  }

  #observe(): void {
    if (this.#observer) return;
    this.#observer = new PerformanceObserver((list) => {
      const majors = list.getEntries().filter((entry) => {
        const { kind } = entry.detail as { readonly kind: number };
        return kind === constants.NODE_PERFORMANCE_GC_MAJOR;
      });
      if (majors.length > 0) this.#collected(majors.length);
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  #collected(count: number): void {
    for (const entry of this.#watched) entry.collections += count;
    this.#forgetCollected();
    for (const entry of this.#watched) {
      if (entry.reported || entry.collections < COLLECTIONS) continue;
      entry.reported = true;
      this.#onStale(entry.name);
    }
  }

  #forgetCollected(): void {
    this.#watched = this.#watched.filter(({ target }) => target.deref() !== undefined);
    if (this.#watched.length === 0) this.dispose();
  }

  dispose(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#watched = [];
  }
}

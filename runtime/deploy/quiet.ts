import type { Disposable } from '@stave/api';

/** Measures how long nothing was touched. */
export class Quiet implements Disposable {
  #touched = performance.now();
  #wake: ((quiet: boolean) => void) | undefined;
  #disposed = false;

  touch(): void {
    this.#touched = performance.now();
    this.#wake?.(false);
  }

  /** Waits until nothing was touched for so long; false as soon as it is touched or disposed instead. One caller at a time. */
  lasts(milliseconds: number): Promise<boolean> {
    if (this.#disposed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (quiet: boolean): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(quiet);
      };
      const timer = setTimeout(() => end(true), this.#touched + milliseconds - performance.now());
      this.#wake = end;
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#wake?.(false);
  }
}

import type { AbortOptions } from '@stave/api';

/** Runs asynchronous jobs one after the other, in the order in which they came. A job that fails does not stop the next. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #size = 0;

  /** Jobs that wait or run. */
  get size(): number {
    return this.#size;
  }

  /**
   * Resolves or rejects as the job does. Aborted before its turn, the promise rejects at once with the signal's reason and the
   * job is passed over; a job that runs has to look after the signal itself. A job must not await a later one of its queue.
   */
  run<T>(job: () => T | Promise<T>, options: AbortOptions = {}): Promise<T> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#size++;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      this.#last = this.#last.then(async () => {
        signal?.removeEventListener('abort', abort);
        try {
          if (!signal?.aborted) resolve(await job());
        } catch (error) {
          reject(error);
        } finally {
          this.#size--;
        }
      });
    });
  }

  /** Resolves when no job waits or runs, those that come meanwhile included. */
  async idle(): Promise<void> {
    while (this.#size > 0) await this.#last;
  }
}

import type { AbortOptions } from '@stave/api';

/** The longest time that a timer of Node can wait. */
const LONGEST = 2 ** 31 - 1;

/**
 * Runs `work` under a time limit. At the limit, or when the outer signal is aborted, the signal given to `work` is aborted
 * and the promise rejects at once, with `onTimeout()` or the outer signal's reason; what `work` does later is ignored.
 *
 * @param milliseconds `Infinity` for no limit
 */
export async function withLimit<T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  milliseconds: number,
  onTimeout: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const inner = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let forward: (() => void) | undefined;
  const cut = new Promise<never>((_, reject) => {
    const cutOff = (reason: unknown): void => {
      inner.abort(reason);
      reject(reason);
    };
    if (milliseconds !== Number.POSITIVE_INFINITY) {
      timer = setTimeout(() => cutOff(onTimeout()), Math.min(milliseconds, LONGEST));
    }
    forward = () => cutOff(signal?.reason);
    signal?.addEventListener('abort', forward, { once: true });
  });
  // It may reject before the race below is there to see it.
  cut.catch(() => undefined);
  try {
    return await Promise.race([work(inner.signal), cut]);
  } finally {
    clearTimeout(timer);
    if (forward) signal?.removeEventListener('abort', forward);
  }
}

/** Resolves after that time; rejects with the signal's reason when it is aborted before. */
export function sleep(milliseconds: number, options: AbortOptions = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      },
      Math.min(milliseconds, LONGEST),
    );
    signal?.addEventListener('abort', abort, { once: true });
  });
}

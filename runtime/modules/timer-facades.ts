import timers from 'node:timers';
import { promisify } from 'node:util';

/** Registers the inverse of something that a bundle started; disposing the result forgets it. */
export type Track = (undo: () => void) => { dispose(): void };

type Callback = (...args: unknown[]) => void;
interface DelayOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

/** The timer functions of one bundle: what is still running when it stops is cleared. */
export interface TimerFacades {
  readonly setTimeout: typeof setTimeout;
  readonly setInterval: typeof setInterval;
  readonly setImmediate: typeof setImmediate;
  readonly clearTimeout: typeof clearTimeout;
  readonly clearInterval: typeof clearInterval;
  readonly clearImmediate: typeof clearImmediate;
  /** The module `node:timers`. */
  readonly module: object;
  /** The module `node:timers/promises`. */
  readonly promises: object;
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}

export function timerFacades(track: Track): TimerFacades {
  const tracked = new WeakMap<object, { dispose(): void }>();
  const forget = (timer: unknown): void => {
    if (typeof timer === 'object' && timer !== null) tracked.get(timer)?.dispose();
  };

  function start<T extends object>(
    native: (callback: Callback) => T,
    clear: (timer: T) => void,
    callback: unknown,
    once: boolean,
    args: readonly unknown[],
  ): T {
    if (typeof callback !== 'function') return native(callback as Callback); // throws as Node does
    const run = callback as Callback;
    const timer = native((): void => {
      if (once) forget(timer);
      run.apply(timer, [...args]);
    });
    tracked.set(
      timer,
      track(() => clear(timer)),
    );
    return timer;
  }

  const facades = {
    setTimeout: (callback: unknown, ms?: number, ...args: unknown[]) =>
      start<NodeJS.Timeout>((run) => setTimeout(run, ms), clearTimeout, callback, true, args),
    setInterval: (callback: unknown, ms?: number, ...args: unknown[]) =>
      start<NodeJS.Timeout>((run) => setInterval(run, ms), clearInterval, callback, false, args),
    setImmediate: (callback: unknown, ...args: unknown[]) =>
      start<NodeJS.Immediate>((run) => setImmediate(run), clearImmediate, callback, true, args),
    clearTimeout: (timer?: NodeJS.Timeout) => {
      forget(timer);
      clearTimeout(timer);
    },
    clearInterval: (timer?: NodeJS.Timeout) => {
      forget(timer);
      clearInterval(timer);
    },
    clearImmediate: (timer?: NodeJS.Immediate) => {
      forget(timer);
      clearImmediate(timer);
    },
  };

  /** A promise of one firing. When the bundle stops it never settles, so that nothing of the bundle runs on. */
  function wait<V>(
    begin: (fire: () => void) => NodeJS.Timeout | NodeJS.Immediate,
    clear: (timer: NodeJS.Timeout | NodeJS.Immediate) => void,
    value: V,
    { signal, ref = true }: DelayOptions,
  ): Promise<V> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      const cancel = (): void => {
        clear(timer);
        if (signal) reject(abortError(signal));
      };
      const timer = begin(() => {
        signal?.removeEventListener('abort', cancel);
        resolve(value);
      });
      if (!ref) timer.unref();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }
  const delay = <V>(ms?: number, value?: V, options: DelayOptions = {}): Promise<V | undefined> =>
    wait(
      (fire) => facades.setTimeout(fire, ms),
      (timer) => facades.clearTimeout(timer as NodeJS.Timeout),
      value,
      options,
    );
  const immediate = <V>(value?: V, options: DelayOptions = {}): Promise<V | undefined> =>
    wait(
      (fire) => facades.setImmediate(fire),
      (timer) => facades.clearImmediate(timer as NodeJS.Immediate),
      value,
      options,
    );
  async function* interval<V>(
    ms?: number,
    value?: V,
    options: DelayOptions = {},
  ): AsyncGenerator<V | undefined> {
    for (;;) yield await delay(ms, value, options);
  }

  Object.defineProperty(facades.setTimeout, promisify.custom, { value: delay });
  Object.defineProperty(facades.setImmediate, promisify.custom, { value: immediate });
  const promises = {
    setTimeout: delay,
    setImmediate: immediate,
    setInterval: interval,
    scheduler: {
      wait: (ms: number, options?: DelayOptions) => delay(ms, undefined, options),
      yield: () => immediate(),
    },
  };
  const typed = facades as unknown as Omit<TimerFacades, 'module' | 'promises'>;
  return { ...typed, module: { ...timers, ...facades, promises }, promises };
}

import { StaveError } from '@stave/api';

export interface LimitOptions {
  /** Milliseconds. */
  readonly limit: number;
  /** What takes so long, such as `component Greeter of acme: activate`. */
  readonly what: string;
  /** Once it is aborted, `limitAfterAbort` counts instead. */
  readonly signal?: AbortSignal;
  readonly limitAfterAbort?: number;
}

/** Waits for work of a component; rejects with `STAVE_COMPONENT_FAILED` at the limit. The work itself is left to its signal. */
export function withinLimit<T>(work: PromiseLike<T>, options: LimitOptions): Promise<T> {
  const { limit, what, signal, limitAfterAbort = limit } = options;
  return new Promise<T>((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const arm = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        reject(
          new StaveError('STAVE_COMPONENT_FAILED', `${what} has not ended within ${milliseconds} ms`, {
            remedy: 'let it end sooner, or raise the limit in etc/stave.limits.cfg',
          }),
        );
      }, milliseconds);
    };
    const onAbort = (): void => arm(limitAfterAbort);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    arm(limit);
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** Whether a method of an author gave something to wait for. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

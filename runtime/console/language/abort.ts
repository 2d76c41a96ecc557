import { StaveError } from '@stave/api';

export function abortedError(cause?: unknown): StaveError {
  return new StaveError('STAVE_ABORTED', 'the command was aborted on request', {
    remedy: 'run it again if that was a mistake',
    cause,
  });
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError();
}

/**
 * The work's result; rejects with `STAVE_ABORTED` when the signal says so, even when the work does not listen to it. Work that
 * ends by itself in the same turn counts: for what follows something, being aborted is the way to end.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfAborted(signal);
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    const listener = (): void => void setImmediate(() => reject(abortedError()));
    signal.addEventListener('abort', listener, { once: true });
    stop = () => signal.removeEventListener('abort', listener);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}

/**
 * Runs a body with a signal that is aborted with the first of several. Unlike one of AbortSignal.any it leaves nothing behind on
 * those that live on (Node 20 keeps a little for each).
 */
export async function withAnySignal<T>(
  signals: readonly (AbortSignal | undefined)[],
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const undo = signals.flatMap((signal) => {
    if (!signal) return [];
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    return [() => signal.removeEventListener('abort', abort)];
  });
  try {
    return await body(controller.signal);
  } finally {
    for (const forget of undo) forget();
  }
}

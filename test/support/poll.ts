export interface PollOptions {
  /** Time limit; default 10 s. */
  readonly milliseconds?: number;
  /** What to do at the limit; default `throw`. */
  readonly otherwise?: 'throw' | 'return';
  /** Named in the error. */
  readonly what?: string;
}

/** Repeats a check until it gives something true, and returns that. An error of the check counts as not yet. */
export async function poll<T>(check: () => T | Promise<T>, options: PollOptions = {}): Promise<T> {
  const limit = performance.now() + (options.milliseconds ?? 10_000);
  let last: unknown;
  for (let pause = 1; ; pause = Math.min(pause * 2, 25)) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= limit) {
      if (options.otherwise === 'return') return last as T;
      throw new Error(`waited in vain for ${options.what ?? check.toString()}; last: ${String(last)}`, {
        cause: last,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

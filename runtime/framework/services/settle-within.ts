/** Waits for all promises at most so long, in milliseconds. Returns what they threw, or `timeout`. */
export async function settleWithin(
  work: readonly Promise<unknown>[],
  limit: number,
): Promise<readonly unknown[] | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(resolve, limit, 'timeout');
  });
  const settled = Promise.allSettled(work).then((results) =>
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
  );
  try {
    return await Promise.race([settled, expired]);
  } finally {
    clearTimeout(timer);
  }
}

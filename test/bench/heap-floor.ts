import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

const COLLECTIONS = 6;
const RING = 24;

/**
 * Bytes of heap that stay after real mark-compacts, which allocation brings about; run it in a process with a small heap. A
 * forced `gc()` would not do: it does not age V8's bytecode and compilation cache, which then look like leaks.
 */
export async function heapFloor(): Promise<number> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) {
      if ((detail as { kind: number }).kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections += 1;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  let floor = Number.POSITIVE_INFINITY;
  const ring: unknown[] = [];
  try {
    for (let n = 0; collections < COLLECTIONS; n += 1) {
      ring[n % RING] = Array.from({ length: 8_000 }, (_, at) => ({ at, n }));
      // The observer is told between tasks.
      if (n % 8 === 0) await setImmediate();
      // Late collections only: the first ones age what is no longer used, the later ones drop it.
      if (collections >= COLLECTIONS / 2) floor = Math.min(floor, process.memoryUsage().heapUsed);
    }
  } finally {
    observer.disconnect();
  }
  return floor;
}

import { AsyncLocalStorage } from 'node:async_hooks';

interface TransactionScope {
  running: boolean;
}

const storage = new AsyncLocalStorage<TransactionScope>();

/** Runs a transaction; callbacks that it calls can be told from all other code. */
export async function runInsideTransaction<T>(body: () => Promise<T>): Promise<T> {
  const scope: TransactionScope = { running: true };
  try {
    return await storage.run(scope, body);
  } finally {
    // What a callback has left running may await changes again, once its transaction has ended.
    scope.running = false;
  }
}

/** Tells listeners, whom the transaction does not wait for: they may await changes, although it still runs. */
export function runOutsideTransaction<T>(body: () => T): T {
  return storage.run({ running: false }, body);
}

/** Whether the code that asks was called by a transaction that still runs. */
export function isInsideTransaction(): boolean {
  return storage.getStore()?.running ?? false;
}

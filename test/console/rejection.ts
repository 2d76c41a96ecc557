import { StaveError } from '@stave/api';

/** The StaveError that a promise rejects with; throws when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<StaveError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StaveError) return error;
    throw new Error(`rejected with something else than a StaveError: ${String(error)}`, { cause: error });
  }
  throw new Error('was expected to be rejected');
}

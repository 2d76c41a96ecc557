import { describeError, StaveError } from '@stave/api';
import { sourcePlace } from './stack-traces.js';

/** As Node's own, so that code which tries an optional package sees the `code` that it asks for. */
export function moduleNotFound(specifier: string, importer: string, hint?: string): Error {
  const text = `Cannot find module '${specifier}' (imported by ${importer})${hint === undefined ? '' : `; ${hint}`}`;
  return Object.assign(new Error(text), { code: 'MODULE_NOT_FOUND', requireStack: [importer] });
}

/** What code threw while it was loaded, with the place in the sources. A StaveError passes through. */
export function evaluationError(error: unknown, bundle: string, root: string): StaveError {
  if (error instanceof StaveError) return error;
  const place = sourcePlace(error, root);
  const at = place === undefined ? '' : ` (${place})`;
  const missing = (error as NodeJS.ErrnoException | null)?.code === 'MODULE_NOT_FOUND';
  return new StaveError(
    missing ? 'STAVE_MODULE_NOT_FOUND' : 'STAVE_EVALUATION_FAILED',
    `${describeError(error)}${at}`,
    { where: bundle, cause: error, details: place === undefined ? {} : { place } },
  );
}

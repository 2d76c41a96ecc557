import { createRequire } from 'node:module';
import type { Ajv } from 'ajv';

let shared: Ajv | undefined;

/** The checker of JSON schemas, loaded at first use: loading it costs tens of milliseconds. It stops at the first error. */
export function ajv(): Ajv {
  if (!shared) {
    const library = createRequire(import.meta.url)('ajv') as typeof import('ajv');
    shared = new library.Ajv({ verbose: true, strict: false });
  }
  return shared;
}

import type { ErrorObject } from 'ajv';
import { nearest } from '../base/nearest.js';

/** What is wrong with one field, in words. */
export interface SchemaProblem {
  /** Such as `stave.imports["@acme/log"].range`; empty for the whole. */
  readonly path: string;
  /** Without the path's file, such as `stave.startLevel must be a whole number of 1 or more, not "80"`. */
  readonly sentence: string;
  readonly remedy: string | undefined;
}

/** Picks, among the errors of one failed check, the one that the user means, and says it. */
export function problemOf(errors: readonly ErrorObject[]): SchemaProblem {
  const error = mostTelling(errors);
  const path = pathOf(error.instancePath);
  switch (error.keyword) {
    case 'required': {
      const missing = within(path, String(error.params.missingProperty));
      const expected = propertyDescription(error, String(error.params.missingProperty));
      return { path: missing, sentence: `${missing} is missing`, remedy: `add it: ${expected}` };
    }
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      const unknown = within(path, key);
      return { path: unknown, sentence: `${unknown} is not known`, remedy: knownKeys(error, key) };
    }
    case 'propertyNames': {
      const key = String(error.params.propertyName);
      const expected = (error.schema as { readonly description?: string }).description ?? 'another name';
      return {
        path,
        sentence: `each key of ${path} must be ${expected}, not ${shown(key)}`,
        remedy: undefined,
      };
    }
    default: {
      const expected =
        (error.parentSchema?.description as string | undefined) ?? error.message ?? 'otherwise';
      return {
        path,
        sentence: `${path === '' ? 'the content' : path} must be ${expected}, not ${shown(error.data)}`,
        remedy: undefined,
      };
    }
  }
}

/** Where several forms are allowed, the errors of the one that was meant: not that the other has another type. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject {
  const last = errors.at(-1)!;
  if (last.keyword !== 'anyOf') return last;
  return errors.find((error) => error.keyword !== 'type' || error.instancePath !== last.instancePath) ?? last;
}

function propertyDescription(error: ErrorObject, key: string): string {
  const properties = error.parentSchema?.properties as Record<string, { description?: string }> | undefined;
  return properties?.[key]?.description ?? 'it is required';
}

function knownKeys(error: ErrorObject, key: string): string {
  const keys = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
  const near = nearest(key, keys);
  return near ? `did you mean "${near}"?` : `the keys here are ${keys.join(', ')}`;
}

/** A JSON pointer as one writes it in JavaScript. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(within, '');
}

function within(path: string, key: string): string {
  if (/^\d+$/.test(key)) return `${path}[${key}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

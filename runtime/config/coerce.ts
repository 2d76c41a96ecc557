import type { JsonObject, JsonValue } from '@stave/api';
import { splitList } from './list-text.js';

type Schema = Readonly<Record<string, unknown>>;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follows a reference within the same document, such as `#/$defs/port`. */
function resolveReference(schema: unknown, root: Schema): Schema {
  let present: unknown = schema;
  for (let hops = 0; hops < 10 && isSchema(present); hops += 1) {
    const reference = present.$ref;
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return present;
    present = reference
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((at, part) => (isSchema(at) && Object.hasOwn(at, part) ? at[part] : undefined), root);
  }
  return isSchema(present) ? present : {};
}

/** The text as one of the wanted type; undefined when it is none. */
function read(text: string, type: unknown, schema: Schema, root: Schema): JsonValue | undefined {
  const trimmed = text.trim();
  switch (type) {
    case 'integer':
      return INTEGER.test(trimmed) ? Number(trimmed) : undefined;
    case 'number':
      return NUMBER.test(trimmed) ? Number(trimmed) : undefined;
    case 'boolean': {
      const word = trimmed.toLowerCase();
      return word === 'true' ? true : word === 'false' ? false : undefined;
    }
    case 'null':
      return trimmed === '' ? null : undefined;
    case 'array':
      return splitList(text).map((element) => coerceValue(element, schema.items, root));
    case 'object':
      return readObject(trimmed);
    default:
      return undefined;
  }
}

function readObject(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}

function coerceValue(value: JsonValue, of: unknown, root: Schema): JsonValue {
  if (typeof value !== 'string') return value;
  const schema = resolveReference(of, root);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  for (const type of types) {
    const found = read(value, type, schema, root);
    if (found !== undefined) return found;
  }
  return value;
}

/** The strings among the properties as the types that the schema gives them; what does not fit stays a string. */
export function coerce(properties: JsonObject, schema: Schema): JsonObject {
  const known = isSchema(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      Object.hasOwn(known, key) ? coerceValue(value, known[key], schema) : value,
    ]),
  );
}

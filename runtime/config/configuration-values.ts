import type { JsonObject, JsonValue } from '@stave/api';
import type { ConfigurationValues } from './configuration-edit.js';
import type { ConfigurationFormat, ConfigurationText } from './configuration-text.js';
import { escapeVariables, interpolate, type Variables } from './interpolate.js';
import { joinList } from './list-text.js';

/** Values of a text as they are written. */
export function valuesOf(text: ConfigurationText, format: ConfigurationFormat): ConfigurationValues {
  return { format, raw: Object.fromEntries(text.values()) };
}

/** Properties of values: in a `.cfg`, with variables filled in. @throws STAVE_CONFIG_RECURSIVE, STAVE_LIMIT_EXCEEDED */
export function fillIn(values: ConfigurationValues, variables: Variables): JsonObject {
  if (values.format === 'json') return values.raw;
  const raw = new Map(Object.entries(values.raw) as [string, string][]);
  return Object.fromEntries(interpolate(raw, variables));
}

/** Text needs a `.cfg` only; anything else keeps its type in a `.cfg.json`. */
export function formatFor(properties: JsonObject): ConfigurationFormat {
  return Object.values(properties).every((value) => typeof value === 'string') ? 'cfg' : 'json';
}

/** A value as the text that a `.cfg` can hold and that a schema reads back: lists with commas, objects as JSON. */
export function plainText(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (Array.isArray(value)) return joinList(value.map((element: JsonValue) => plainText(element)));
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * A value as it is written into a `.cfg`, so that it reads back.
 * @param literal whether `${…}` in it is text, not a variable
 */
export function writtenValue(value: string, literal: boolean): string {
  if (!literal && value.includes('${')) return value;
  return /\\[{}\\]|\$\{/.test(value) ? escapeVariables(value) : value;
}

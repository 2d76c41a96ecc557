import type { JsonValue } from '@stave/api';
import { CfgText } from './cfg-text.js';
import { JsonText } from './json-text.js';

/** The two forms of a configuration file: `<PID>.cfg` and `<PID>.cfg.json`. */
export type ConfigurationFormat = 'cfg' | 'json';

/** A configuration file as text that can be changed property by property, all else staying byte for byte. */
export interface ConfigurationText {
  /** In the order of the file; those of a `.cfg` are strings before variables are filled in. */
  values(): ReadonlyMap<string, JsonValue>;
  /** Line of a property, from 1; the last one when it occurs twice. */
  line(key: string): number | undefined;
  /** Changes the property in its place, or adds it behind the last one. In a `.cfg` the value must be a string. */
  set(key: string, value: JsonValue): void;
  /** Takes the property away with all its lines. */
  remove(key: string): void;
  toString(): string;
}

/**
 * Reads a text.
 * @param where named in errors, such as `etc/acme.greeter.cfg`
 * @throws STAVE_CONFIG_SYNTAX with `details.line`
 */
export function readConfigurationText(
  text: string,
  format: ConfigurationFormat,
  where: string,
): ConfigurationText {
  return format === 'cfg' ? CfgText.read(text, where) : JsonText.read(text, where);
}

import type {
  Configuration,
  ConfigurationAuthor,
  ConfigurationProblem,
  JsonObject,
  StaveError,
} from '@stave/api';
import type { ConfigurationRecord, ConfigurationState, ConfigurationValues } from './configuration-edit.js';
import { readConfigurationText } from './configuration-text.js';
import { factoryOf } from './pid.js';

/** Where the values of a configuration come from. */
export type Place =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'file';
      /** In etc/. */
      readonly name: string;
      readonly text: string;
      /** Of `text`; undefined when the values in force are not those of a file that was read. */
      readonly digest: string | undefined;
    };

/** A configuration in force. Never changed, only replaced. */
export interface Entry {
  readonly pid: string;
  readonly revision: number;
  readonly author: ConfigurationAuthor;
  readonly time: number;
  readonly place: Place;
  readonly values: ConfigurationValues;
  readonly properties: JsonObject;
  /** Whether a consumer has accepted these values. */
  readonly accepted: boolean;
  /** The values accepted last, while these are not. */
  readonly lastGood: ConfigurationValues | undefined;
}

/** A file whose content is not in force. */
export interface Refusal {
  readonly name: string;
  readonly digest: string;
  /** Undefined when it could not be read. */
  readonly text: string | undefined;
  readonly problem: Omit<ConfigurationProblem, 'lastGood'>;
}

/** A set of replacements; undefined takes the value away. */
export interface MemoryChange {
  readonly entries: ReadonlyMap<string, Entry | undefined>;
  readonly refusals: ReadonlyMap<string, Refusal | undefined>;
  readonly overwritten: ReadonlyMap<string, string | undefined>;
  /** The highest revision given; it never falls, also when a change is taken back. */
  readonly revision: number;
}

function replaceIn<V>(
  map: Map<string, V>,
  changes: ReadonlyMap<string, V | undefined>,
): Map<string, V | undefined> {
  const before = new Map<string, V | undefined>();
  for (const [key, value] of changes) {
    before.set(key, map.get(key));
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
  return before;
}

/** All that is known of the configurations of a node. */
export class ConfigurationMemory {
  readonly #entries = new Map<string, Entry>();
  readonly #refusals = new Map<string, Refusal>();
  /** By file name, the digest that our last write replaced: a reading of it may be from before that write. */
  readonly #overwritten = new Map<string, string>();
  #revision = 0;

  entry(pid: string): Entry | undefined {
    return this.#entries.get(pid);
  }

  entries(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => (a.pid < b.pid ? -1 : 1));
  }

  instances(factoryPid: string): Entry[] {
    return this.entries().filter((entry) => factoryOf(entry.pid)?.factoryPid === factoryPid);
  }

  /** By file name. */
  refusal(name: string): Refusal | undefined {
    return this.#refusals.get(name);
  }

  refusals(): Refusal[] {
    return [...this.#refusals.values()];
  }

  overwritten(name: string): string | undefined {
    return this.#overwritten.get(name);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Returns the change that takes this one back. */
  replace(change: MemoryChange): MemoryChange {
    this.#revision = Math.max(this.#revision, change.revision);
    return {
      revision: this.#revision,
      entries: replaceIn(this.#entries, change.entries),
      refusals: replaceIn(this.#refusals, change.refusals),
      overwritten: replaceIn(this.#overwritten, change.overwritten),
    };
  }

  snapshot(): ConfigurationState {
    return { revision: this.#revision, records: this.entries().map(recordOf) };
  }

  /** @param fill makes the properties of values */
  restore(state: ConfigurationState, fill: (values: ConfigurationValues) => JsonObject): void {
    this.#entries.clear();
    this.#refusals.clear();
    this.#overwritten.clear();
    this.#revision = state.revision;
    for (const record of state.records) this.#entries.set(record.pid, entryOf(record, fill));
  }
}

function recordOf(entry: Entry): ConfigurationRecord {
  const { pid, revision, author, time, place, values, accepted, lastGood } = entry;
  return {
    pid,
    revision,
    author,
    time,
    ...(place.kind === 'file' ? { file: place.name } : {}),
    ...(place.kind === 'file' && place.digest !== undefined ? { digest: place.digest } : {}),
    values,
    accepted,
    ...(lastGood ? { lastGood } : {}),
  };
}

function entryOf(record: ConfigurationRecord, fill: (values: ConfigurationValues) => JsonObject): Entry {
  const { pid, revision, author, time, file, digest, values, accepted, lastGood } = record;
  return {
    pid,
    revision,
    author,
    time,
    place: file === undefined ? { kind: 'memory' } : { kind: 'file', name: file, text: '', digest },
    values,
    properties: fill(values),
    accepted,
    lastGood,
  };
}

/** Where a file of etc/ is named to users and in writes. */
export function pathOf(name: string): string {
  return `etc/${name}`;
}

/** Why values in force are not taken by a consumer, with the place in their file. */
export function problemOf(entry: Entry, error: StaveError): Omit<ConfigurationProblem, 'lastGood'> {
  const { pid, place, values } = entry;
  const { property } = error.details;
  const file = place.kind === 'file' ? pathOf(place.name) : undefined;
  const line =
    place.kind === 'file' && typeof property === 'string'
      ? readConfigurationText(place.text, values.format, pathOf(place.name)).line(property)
      : undefined;
  return { pid, file, line, code: error.code, reason: error.message };
}

/** The public form of an entry. */
export function configurationOf(entry: Entry, etc: string): Configuration {
  return {
    pid: entry.pid,
    factoryPid: factoryOf(entry.pid)?.factoryPid,
    properties: entry.properties,
    revision: entry.revision,
    author: entry.author,
    time: entry.time,
    file: entry.place.kind === 'file' ? `${etc}/${entry.place.name}` : undefined,
  };
}

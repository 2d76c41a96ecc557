import type { AbortOptions, Disposable, Event, JsonObject, JsonValue } from './disposable.js';
import { serviceToken } from './token.js';

/** Who made a change of configuration. */
export type ConfigurationAuthor =
  | 'file'
  | 'console'
  | 'api'
  | 'feature'
  | `deploy:${string}`
  | `group:${string}`;

/** A configuration as it is in force. Properties of a `.cfg` file are strings; those of a `.cfg.json` file any JSON. */
export interface Configuration {
  readonly pid: string;
  /** The part before `~`, for an instance of a factory. */
  readonly factoryPid: string | undefined;
  /** With variables filled in; never with an environment override. */
  readonly properties: JsonObject;
  /** Grows with every change of this PID. */
  readonly revision: number;
  readonly author: ConfigurationAuthor;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Absolute path of its file; undefined for one that lives in memory only. */
  readonly file: string | undefined;
}

/** What a change of configuration told to listeners, after it was committed. */
export interface ConfigurationEvent {
  readonly type: 'updated' | 'deleted';
  readonly pid: string;
  readonly author: ConfigurationAuthor;
  readonly revision: number;
  readonly configuration: Configuration | undefined;
}

/** An edit that is not in force. */
export interface ConfigurationProblem {
  readonly pid: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly code: string;
  readonly reason: string;
  /** Whether older values are in force instead. */
  readonly lastGood: boolean;
}

export interface ConfigurationChangeOptions extends AbortOptions {
  readonly author?: ConfigurationAuthor;
  /** The revision that the change was made on; refused with `STAVE_CONFIG_STALE` when it is no longer the present one. */
  readonly revision?: number;
}

/** Told the configuration of one PID, typed by its own schema. */
export interface ConfigurationConsumer {
  /** Shown to users, such as `component Greeter of @acme/greeter`. */
  readonly name: string;
  /** Properties that it knows, so that the environment can set those that the file leaves out. */
  readonly keys?: readonly string[];
  /**
   * Coerces and checks; a pure function. Throws `STAVE_CONFIG_REFUSED` naming the property.
   * An edit that every consumer of a PID refuses does not come into force.
   */
  check(properties: JsonObject): JsonObject;
  /** Told the checked properties, or undefined when there is no configuration. Waited for, within the start limit. */
  updated(properties: JsonObject | undefined, pid: string): void | Promise<void>;
}

/** The configurations of the node, kept in step with etc/. Changes go through one queue. */
export interface ConfigurationAdmin {
  get(pid: string): Configuration | undefined;
  /** Sorted by PID. */
  list(): readonly Configuration[];
  /** Instances of a factory, sorted by PID. */
  instances(factoryPid: string): readonly Configuration[];
  /** Sets and removes single properties; the rest of the file stays byte for byte. Resolves when it is committed and written. */
  change(
    pid: string,
    change: { readonly set?: Readonly<Record<string, JsonValue>>; readonly remove?: readonly string[] },
    options?: ConfigurationChangeOptions,
  ): Promise<Configuration>;
  /** Replaces all properties. */
  replace(pid: string, properties: JsonObject, options?: ConfigurationChangeOptions): Promise<Configuration>;
  delete(pid: string, options?: ConfigurationChangeOptions): Promise<void>;
  problems(): readonly ConfigurationProblem[];
  /** Tells the consumer of the present configuration, and of every change. For a factory PID it is told of each instance. */
  consume(pid: string, consumer: ConfigurationConsumer): Disposable;
  readonly onDidChange: Event<ConfigurationEvent>;
}
export const ConfigurationAdmin = serviceToken<ConfigurationAdmin>('stave.ConfigurationAdmin', 1);

import type {
  AbortOptions,
  ConfigurationAuthor,
  ConfigurationEvent,
  ConfigurationProblem,
  ErrorCode,
  JsonObject,
  JsonValue,
} from '@stave/api';
import type { ConfigurationFormat } from './configuration-text.js';

/** A file that is there, but whose text could not be read. */
export interface FileTrouble {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly line?: number;
  /** Tells one such state of the file from another. */
  readonly digest: string;
}

/** One wished change of one configuration. */
export type ConfigurationEdit = {
  readonly pid: string;
  readonly author: ConfigurationAuthor;
  /** The revision that the change was made on; refused with `STAVE_CONFIG_STALE` when it is no longer the present one. 0: none. */
  readonly revision?: number;
} & (
  | {
      readonly kind: 'file';
      readonly format: ConfigurationFormat;
      /** The file as read; null: it is gone. */
      readonly text: string | null;
      readonly trouble?: FileTrouble;
      /** Whether the file was read again after the first such edit was taken for a reading from before our own write. */
      readonly reread?: boolean;
    }
  | {
      readonly kind: 'change';
      readonly set: Readonly<Record<string, JsonValue>>;
      readonly remove: readonly string[];
    }
  | { readonly kind: 'replace'; readonly properties: JsonObject; readonly persist: 'file' | 'memory' }
  | { readonly kind: 'delete' }
);

/** A file to write after the commit. A file whose digest is neither `before` nor `after` is the user's and stays. */
export interface FileWrite {
  /** Relative to the home, such as `etc/acme.greeter.cfg`. */
  readonly path: string;
  /** SHA-256 of the present content; null: there is no file. */
  readonly before: string | null;
  /** SHA-256 of `content`; null: the file goes. */
  readonly after: string | null;
  readonly content: string | null;
}

/** The one queue of the node. Declared here, kept by whoever owns transactions. */
export interface ConfigurationQueue {
  /**
   * Plans, applies, commits and writes in one transaction, in the order of the calls.
   * Rejects with what `plan` throws, and then nothing has changed.
   */
  submit(edits: readonly ConfigurationEdit[], options: AbortOptions): Promise<void>;
}

/** Takes an applied plan back, and tells consumers of the values before. */
export type Undo = () => Promise<void>;

/** What edits come to. Nothing is changed before `apply`. */
export interface PlannedConfiguration {
  /** Configurations that get a new revision, sorted by PID. */
  readonly changes: readonly Pick<ConfigurationEvent, 'pid' | 'type' | 'author' | 'revision'>[];
  readonly writes: readonly FileWrite[];
  /** Edits of files that will not come into force. */
  readonly refused: readonly Omit<ConfigurationProblem, 'lastGood'>[];
  /** Changes memory and waits for consumers; a consumer that fails is reported, never thrown. To be called even when `changes` is empty. */
  apply(options: AbortOptions): Promise<Undo>;
}

/** What is kept of a configuration across restarts. Values are as written: no variable and no secret is filled in. */
export interface ConfigurationRecord {
  readonly pid: string;
  readonly revision: number;
  readonly author: ConfigurationAuthor;
  readonly time: number;
  /** Name of its file in etc/; absent for one that lives in memory. */
  readonly file?: string;
  /** SHA-256 of the file in force; absent when the present file is not in force. */
  readonly digest?: string;
  readonly values: ConfigurationValues;
  /** Whether a consumer has accepted the values. */
  readonly accepted: boolean;
  /** The values that a consumer accepted last, while the present ones have not been accepted by any. */
  readonly lastGood?: ConfigurationValues;
}

export interface ConfigurationValues {
  readonly format: ConfigurationFormat;
  readonly raw: JsonObject;
}

/** The part of the state that belongs to configurations. */
export interface ConfigurationState {
  /** The highest revision that was ever given; revisions are never used twice. */
  readonly revision: number;
  readonly records: readonly ConfigurationRecord[];
}

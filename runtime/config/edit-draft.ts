import { type ConfigurationEvent, type ConfigurationProblem, type JsonObject, StaveError } from '@stave/api';
import type { ConfigurationEdit, ConfigurationValues, FileWrite } from './configuration-edit.js';
import {
  type ConfigurationMemory,
  type Entry,
  type MemoryChange,
  pathOf,
  type Refusal,
} from './configuration-memory.js';
import type { ConfigurationText } from './configuration-text.js';
import { fillIn } from './configuration-values.js';
import type { Variables } from './interpolate.js';

/** What is asked of the consumers of a PID. */
export interface EditChecks {
  /**
   * `none`: nobody consumes the PID; `accepted`: somebody takes the properties; else the error of the first consumer, for all
   * refuse.
   */
  check(pid: string, properties: JsonObject): 'none' | 'accepted' | StaveError;
}

/** A configuration that gets a new revision. */
export type DraftChange = Pick<ConfigurationEvent, 'pid' | 'type' | 'author' | 'revision'>;

/** The same error with the file and line that it comes from. */
function located(error: StaveError, name: string, text: ConfigurationText): StaveError {
  const { property, line: known } = error.details;
  const line =
    typeof known === 'number' ? known : typeof property === 'string' ? text.line(property) : undefined;
  const remedy = `; ${error.remedy}`;
  const sentence = error.message.endsWith(remedy) ? error.message.slice(0, -remedy.length) : error.message;
  return new StaveError(error.code, sentence, {
    where: line === undefined ? pathOf(name) : `${pathOf(name)}:${line}`,
    remedy: error.remedy,
    details: line === undefined ? error.details : { ...error.details, line },
    cause: error,
  });
}

/** Changes laid over the memory, which stays as it is. */
export class EditDraft {
  readonly #memory: ConfigurationMemory;
  readonly #checks: EditChecks;
  readonly #variables: Variables;
  readonly #time: number;
  readonly #entries = new Map<string, Entry | undefined>();
  readonly #refusals = new Map<string, Refusal | undefined>();
  readonly #overwritten = new Map<string, string | undefined>();
  readonly #writes = new Map<string, FileWrite>();
  readonly #deleted = new Map<string, Pick<ConfigurationEvent, 'author' | 'revision'>>();
  #revision: number;

  constructor(memory: ConfigurationMemory, checks: EditChecks, variables: Variables, time: number) {
    this.#memory = memory;
    this.#checks = checks;
    this.#variables = variables;
    this.#time = time;
    this.#revision = memory.revision;
  }

  change(): MemoryChange {
    return {
      entries: this.#entries,
      refusals: this.#refusals,
      overwritten: this.#overwritten,
      revision: this.#revision,
    };
  }

  /** Configurations that get a new revision, sorted by PID. */
  changes(): DraftChange[] {
    return [...this.#entries]
      .filter(([pid, entry]) => entry?.revision !== this.#memory.entry(pid)?.revision)
      .map(([pid, entry]) => ({
        pid,
        type: entry ? ('updated' as const) : ('deleted' as const),
        author: entry?.author ?? this.#deleted.get(pid)!.author,
        revision: entry?.revision ?? this.#deleted.get(pid)!.revision,
      }))
      .sort((a, b) => (a.pid < b.pid ? -1 : 1));
  }

  refused(): Refusal[] {
    return [...this.#refusals.values()].filter((refusal) => refusal !== undefined);
  }

  writes(): FileWrite[] {
    return [...this.#writes.values()].filter((write) => write.before !== write.after);
  }

  entry(pid: string): Entry | undefined {
    return this.#entries.has(pid) ? this.#entries.get(pid) : this.#memory.entry(pid);
  }

  refusal(name: string): Refusal | undefined {
    return this.#refusals.has(name) ? this.#refusals.get(name) : this.#memory.refusal(name);
  }

  /** Whether a reading with this digest may be from before our own write of the file. */
  isOverwritten(name: string, digest: string): boolean {
    const last = this.#overwritten.has(name) ? this.#overwritten.get(name) : this.#memory.overwritten(name);
    return last === digest;
  }

  forgetOverwritten(name: string): void {
    this.#overwritten.set(name, undefined);
  }

  forgetRefusal(name: string): void {
    if (this.refusal(name)) this.#refusals.set(name, undefined);
  }

  refuse(pid: string, name: string, digest: string, text: string | undefined, error: StaveError): void {
    const line = typeof error.details.line === 'number' ? error.details.line : undefined;
    const problem: Omit<ConfigurationProblem, 'lastGood'> = {
      pid,
      file: pathOf(name),
      line,
      code: error.code,
      reason: error.message,
    };
    this.#refusals.set(name, { name, digest, text, problem });
  }

  delete(edit: ConfigurationEdit): void {
    this.#revision += 1;
    this.#entries.set(edit.pid, undefined);
    this.#deleted.set(edit.pid, { author: edit.author, revision: this.#revision });
  }

  /** Puts another text behind the same properties. */
  relay(entry: Entry, values: ConfigurationValues, place: Entry['place']): void {
    this.#entries.set(entry.pid, { ...entry, values, place });
  }

  /** Puts new values into force if the consumers agree. @throws STAVE_CONFIG_REFUSED */
  accept(
    edit: ConfigurationEdit,
    next: Pick<Entry, 'values' | 'properties' | 'place'>,
    text?: ConfigurationText,
  ): void {
    const present = this.entry(edit.pid);
    const answer = this.#checks.check(edit.pid, next.properties);
    if (answer instanceof StaveError) {
      throw next.place.kind === 'file' && text ? located(answer, next.place.name, text) : answer;
    }
    this.#revision += 1;
    const accepted = answer === 'accepted';
    const lastGood = present?.accepted ? present.values : present?.lastGood;
    this.#entries.set(edit.pid, {
      ...next,
      pid: edit.pid,
      revision: this.#revision,
      author: edit.author,
      time: this.#time,
      accepted,
      lastGood: accepted ? undefined : lastGood,
    });
  }

  write(name: string, before: string | null, after: string | null, content: string | null): void {
    const path = pathOf(name);
    const earlier = this.#writes.get(path);
    const original = earlier ? earlier.before : before;
    this.#writes.set(path, { path, before: original, after, content });
    this.#overwritten.set(name, original ?? undefined);
  }

  /** The properties of values. @throws STAVE_CONFIG_RECURSIVE, STAVE_LIMIT_EXCEEDED naming file and line */
  fill(values: ConfigurationValues, name: string, text: ConfigurationText): JsonObject {
    try {
      return fillIn(values, this.#variables);
    } catch (error) {
      throw error instanceof StaveError ? located(error, name, text) : error;
    }
  }
}

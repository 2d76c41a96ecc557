import {
  type AbortOptions,
  type Configuration,
  type ConfigurationAdmin,
  type ConfigurationChangeOptions,
  type ConfigurationConsumer,
  type ConfigurationEvent,
  type ConfigurationProblem,
  type Disposable,
  type Event,
  type JsonObject,
  type JsonValue,
  StaveError,
} from '@stave/api';
import { toDisposable } from '../base/disposable-store.js';
import { Emitter } from '../base/emitter.js';
import { abortable } from './abortable.js';
import type {
  ConfigurationEdit,
  ConfigurationQueue,
  ConfigurationState,
  ConfigurationValues,
  PlannedConfiguration,
  Undo,
} from './configuration-edit.js';
import {
  ConfigurationMemory,
  configurationOf,
  type Entry,
  problemOf,
  type Refusal,
} from './configuration-memory.js';
import { type ConfigurationFormat, readConfigurationText } from './configuration-text.js';
import { fillIn, valuesOf } from './configuration-values.js';
import { Consumers, type Registration } from './consumers.js';
import { EditDraft } from './edit-draft.js';
import type { EtcFile, KnownFile } from './etc-folder.js';
import { addFileEdit } from './file-edit.js';
import { addGestureEdit } from './gesture-edit.js';
import type { Variables } from './interpolate.js';
import { checkPid, fileName } from './pid.js';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface ConfigurationStoreOptions {
  /** Absolute path of the folder that holds the files. */
  readonly etc: string;
  /** Takes what the api is asked to change; it comes back through `plan`. */
  readonly queue: ConfigurationQueue;
  /** For `${…}`, `$[…]` and the overrides from the environment. */
  readonly variables: Variables;
  /** For `$[secret:NAME]`; default: there are none. */
  readonly secret?: (name: string) => string | undefined;
  /** Told of consumers and listeners that fail, and of edits of files that are refused. */
  readonly report: (message: string, error?: unknown) => void;
  /** How long a consumer is waited for, in milliseconds; default 30 s. */
  readonly updateLimit?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The configurations of a node. Changes are edits, submitted to the queue; its owner calls `plan`, then `apply`, then `commit`, and
 * writes the files, one transaction at a time.
 */
export class ConfigurationStore implements ConfigurationAdmin, Disposable {
  readonly #options: ConfigurationStoreOptions;
  readonly #memory = new ConfigurationMemory();
  readonly #consumers: Consumers;
  readonly #changed: Emitter<ConfigurationEvent>;
  readonly onDidChange: Event<ConfigurationEvent>;

  constructor(options: ConfigurationStoreOptions) {
    this.#options = options;
    this.#consumers = new Consumers({
      ...options.variables,
      secret: options.secret ?? ((): undefined => undefined),
      updateLimit: options.updateLimit ?? 30_000,
      report: options.report,
    });
    this.#changed = new Emitter((error) => options.report('a listener of configurations failed', error));
    this.onDidChange = this.#changed.event;
  }

  get(pid: string): Configuration | undefined {
    const entry = this.#memory.entry(pid);
    return entry && configurationOf(entry, this.#options.etc);
  }

  list(): readonly Configuration[] {
    return this.#memory.entries().map((entry) => configurationOf(entry, this.#options.etc));
  }

  instances(factoryPid: string): readonly Configuration[] {
    return this.#memory.instances(factoryPid).map((entry) => configurationOf(entry, this.#options.etc));
  }

  async change(
    pid: string,
    change: { readonly set?: Readonly<Record<string, JsonValue>>; readonly remove?: readonly string[] },
    options: ConfigurationChangeOptions = {},
  ): Promise<Configuration> {
    await this.#submit({ kind: 'change', pid, set: change.set ?? {}, remove: change.remove ?? [] }, options);
    return this.#changedConfiguration(pid);
  }

  async replace(
    pid: string,
    properties: JsonObject,
    options: ConfigurationChangeOptions = {},
  ): Promise<Configuration> {
    const persist = this.#memory.entry(pid)?.place.kind ?? 'file';
    await this.#submit({ kind: 'replace', pid, properties, persist }, options);
    return this.#changedConfiguration(pid);
  }

  async delete(pid: string, options: ConfigurationChangeOptions = {}): Promise<void> {
    await this.#submit({ kind: 'delete', pid }, options);
  }

  problems(): readonly ConfigurationProblem[] {
    const files = this.#memory
      .refusals()
      .map(({ problem }) => ({ ...problem, lastGood: this.#memory.entry(problem.pid) !== undefined }));
    const key = (problem: ConfigurationProblem): string => `${problem.pid} ${problem.file ?? ''}`;
    return [...files, ...this.#consumers.problems()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  consume(pid: string, consumer: ConfigurationConsumer): Disposable {
    checkPid(pid);
    const registration = this.#consumers.add(pid, consumer);
    const own = this.#memory.entry(pid);
    const entries = [...(own ? [own] : []), ...this.#memory.instances(pid)];
    if (entries.length === 0) this.#consumers.hand(registration, pid, undefined);
    for (const entry of entries) this.#introduce(registration, entry);
    return toDisposable(() => this.#consumers.remove(registration));
  }

  /** The properties of a text, variables filled in. @throws STAVE_CONFIG_SYNTAX, STAVE_CONFIG_RECURSIVE */
  read(text: string, format: ConfigurationFormat, where: string): JsonObject {
    return fillIn(valuesOf(readConfigurationText(text, format, where), format), this.#options.variables);
  }

  // ---- for the owner of the queue

  /**
   * What edits come to; changes nothing. An edit of author `file` that is refused becomes a problem.
   * @throws StaveError naming file and line, for the first refused edit of any other author
   */
  plan(edits: readonly ConfigurationEdit[]): PlannedConfiguration {
    const now = this.#options.now ?? Date.now;
    const draft = new EditDraft(this.#memory, { check: this.#check }, this.#options.variables, now());
    for (const edit of edits) {
      if (edit.kind === 'file') addFileEdit(draft, edit);
      else addGestureEdit(draft, edit);
    }
    return {
      changes: draft.changes(),
      writes: draft.writes(),
      refused: draft.refused().map((refusal) => refusal.problem),
      apply: (options) => this.#apply(draft, options),
    };
  }

  /** To be called once the state that holds the change is on disk: tells listeners, and of edits that were refused. */
  commit(planned: PlannedConfiguration): void {
    this.#reportRefused(planned);
    for (const change of planned.changes) {
      const configuration = change.type === 'updated' ? this.get(change.pid) : undefined;
      this.#changed.fire({ ...change, configuration });
    }
  }

  snapshot(): ConfigurationState {
    return this.#memory.snapshot();
  }

  /** Takes up a snapshot; `loadAll` must follow, for the texts of files are not in it. */
  restore(state: ConfigurationState): void {
    this.#memory.restore(state, this.#filledQuietly);
  }

  /**
   * Takes up all files of etc/ at boot. Files as they were keep their revision; what was edited, made or deleted while the node was
   * down is an edit. No listener is told.
   */
  async loadAll(files: readonly EtcFile[], options: AbortOptions = {}): Promise<void> {
    const names = new Set(files.map((file) => fileName(file.pid, file.format)));
    const edits = files.map((file): ConfigurationEdit => ({ kind: 'file', author: 'file', ...file }));
    const gone = this.#memory.entries().flatMap((entry): ConfigurationEdit[] => {
      if (entry.place.kind !== 'file' || names.has(entry.place.name)) return [];
      const format = entry.place.name === fileName(entry.pid, 'cfg') ? 'cfg' : 'json';
      return [{ kind: 'file', author: 'file', pid: entry.pid, format, text: null }];
    });
    const planned = this.plan([...gone, ...edits]);
    await planned.apply(options);
    this.#reportRefused(planned);
  }

  /** What was last taken up from a file, in force or refused; for the watcher. */
  known(name: string, pid: string): KnownFile | undefined {
    const place = this.#memory.entry(pid)?.place;
    const refusal = this.#memory.refusal(name);
    const own = place?.kind === 'file' && place.name === name ? place : undefined;
    if (!own && !refusal) return undefined;
    const keys = own ? Object.keys(this.#memory.entry(pid)!.values.raw) : [];
    return { digest: refusal?.digest ?? own?.digest, keys };
  }

  /** Names of all files that were taken up. */
  knownFiles(): string[] {
    const inForce = this.#memory
      .entries()
      .flatMap(({ place }) => (place.kind === 'file' ? [place.name] : []));
    return [...new Set([...inForce, ...this.#memory.refusals().map((refusal) => refusal.name)])];
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #submit(
    edit: DistributiveOmit<ConfigurationEdit, 'author' | 'revision'>,
    options: ConfigurationChangeOptions,
  ): Promise<void> {
    checkPid(edit.pid);
    const { revision, signal, author = 'api' } = options;
    signal?.throwIfAborted();
    const whole = { ...edit, author, ...(revision === undefined ? {} : { revision }) };
    await this.#options.queue.submit([whole], signal ? { signal } : {});
  }

  #changedConfiguration(pid: string): Configuration {
    const configuration = this.get(pid);
    if (configuration) return configuration;
    throw new StaveError('STAVE_CONFIG_UNKNOWN', `${pid} was deleted right after it was changed`);
  }

  /** Nobody else tells whoever has just saved a file. */
  #reportRefused({ refused }: PlannedConfiguration): void {
    for (const { reason } of refused) this.#options.report(reason);
  }

  readonly #check = (pid: string, properties: JsonObject): 'none' | 'accepted' | StaveError => {
    let first: StaveError | undefined;
    for (const registration of this.#consumers.of(pid)) {
      const answer = this.#consumers.check(registration, pid, properties);
      if (!('error' in answer)) return 'accepted';
      first ??= answer.error;
    }
    return first ?? 'none';
  };

  async #apply(draft: EditDraft, { signal }: AbortOptions): Promise<Undo> {
    signal?.throwIfAborted();
    const before = this.#memory.replace(draft.change());
    const pids = [...before.entries.keys()].sort();
    const undo = async (): Promise<void> => {
      this.#memory.replace(before);
      await this.#tell(pids);
    };
    try {
      await abortable(this.#tell(pids), signal);
    } catch (error) {
      await undo();
      throw error;
    }
    return undo;
  }

  /** Tells all consumers of some PIDs; consumers at the same time, the PIDs of one after each other. */
  async #tell(pids: readonly string[]): Promise<void> {
    const calls = pids.flatMap((pid) => {
      const entry = this.#memory.entry(pid);
      return this.#consumers.of(pid).map((registration) => this.#consumers.tell(registration, pid, entry));
    });
    await Promise.all(calls);
  }

  /** Tells a new consumer of an entry that others may have accepted, or that was loaded without anybody to check it. */
  #introduce(registration: Registration, entry: Entry): void {
    const answer = this.#consumers.check(registration, entry.pid, entry.properties);
    if (!('error' in answer)) {
      if (!entry.accepted) this.#put({ ...entry, accepted: true, lastGood: undefined });
      this.#consumers.hand(registration, entry.pid, answer.properties);
      return;
    }
    this.#options.report(answer.error.message);
    if (!this.#fallBack(registration, entry, answer.error)) {
      this.#consumers.noteProblem(registration, entry, answer.error);
      if (entry.pid === registration.pid) this.#consumers.hand(registration, entry.pid, undefined);
    }
  }

  /** Puts the last good values back into force when nobody has accepted those of the file; says whether it did. */
  #fallBack(registration: Registration, entry: Entry, error: StaveError): boolean {
    const { pid, place, accepted, lastGood } = entry;
    if (accepted || !lastGood || place.kind !== 'file' || place.digest === undefined) return false;
    const properties = this.#filledQuietly(lastGood);
    const answer = this.#consumers.check(registration, pid, properties);
    if ('error' in answer) return false;
    const { name, text, digest } = place;
    this.#put(
      {
        ...entry,
        revision: this.#memory.revision + 1,
        place: { kind: 'file', name, text: '', digest: undefined },
        values: lastGood,
        properties,
        accepted: true,
        lastGood: undefined,
      },
      { name, digest, text, problem: problemOf(entry, error) },
    );
    this.#consumers.hand(registration, pid, answer.properties);
    return true;
  }

  #put(entry: Entry, refusal?: Refusal): void {
    this.#memory.replace({
      entries: new Map([[entry.pid, entry]]),
      refusals: new Map(refusal ? [[refusal.name, refusal]] : []),
      overwritten: new Map(),
      revision: entry.revision,
    });
  }

  /** Values that were in force once; when their variables no longer can be filled in, they stand as they are written. */
  readonly #filledQuietly = (values: ConfigurationValues): JsonObject => {
    try {
      return fillIn(values, this.#options.variables);
    } catch (error) {
      if (error instanceof StaveError) return values.raw;
      throw error;
    }
  };
}

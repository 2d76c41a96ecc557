import {
  type AbortOptions,
  type Artifacts,
  ERROR_CODES,
  type FetchOptions,
  type StaveError,
  toStaveError,
} from '@stave/api';

/** A small file as it was read. */
export interface SourceFile {
  readonly content: Uint8Array;
  /** SHA-256 of the content. */
  readonly digest: string;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Locations to fetch again although they are known. */
  readonly update: ReadonlySet<string>;
  /** Digest of the content that is in force. */
  readonly pinned: string | undefined;
}

/** What is known of a location. With a `problem`, `file` is the last good content, where there is any. */
export interface KnownSource<T> {
  readonly file: SourceFile | undefined;
  readonly value: T | undefined;
  readonly problem: StaveError | undefined;
}

interface Entry<T> extends KnownSource<T> {
  readonly time: number;
}

/** What lies on this machine is looked at again when the node starts; what is remote moves only when it is told to. */
const LOCAL = /^(file|home|stave):/;
/** A remote source that failed is left in peace for so long, or each gesture would wait for it again. */
const RETRY_AFTER = 30_000;

/**
 * Descriptors and configuration files by location, read once and kept in memory. Where a new reading fails, the last good
 * content stays, also across a restart: the store still has what the pin names.
 */
export class SourceFiles<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #artifacts: Pick<Artifacts, 'read'>;
  readonly #parse: (content: Uint8Array, location: string) => Promise<T>;
  readonly #now: () => number;
  #generation = 0;

  constructor(
    artifacts: Pick<Artifacts, 'read'>,
    parse: (content: Uint8Array, location: string) => Promise<T>,
    now: () => number = Date.now,
  ) {
    this.#artifacts = artifacts;
    this.#parse = parse;
    this.#now = now;
  }

  /** Grows whenever something was read. */
  get generation(): number {
    return this.#generation;
  }

  get(location: string): KnownSource<T> | undefined {
    return this.#entries.get(location);
  }

  /** Reads a location unless it is known. Rejects only when it is aborted; a failure is an entry with a problem. */
  async load(location: string, options: ReadOptions): Promise<KnownSource<T>> {
    const known = this.#entries.get(location);
    const update = options.update.has(location);
    if (known && !update && !this.#mayRetry(location, known)) return known;
    const pinned = options.pinned ?? known?.file?.digest;
    const usePin = pinned !== undefined && !update && !LOCAL.test(location);
    const fetch = { signal: options.signal, update, ...(usePin ? { pinned } : {}) };
    const entry = await this.#readOrKeep(location, fetch, pinned);
    this.#entries.set(location, entry);
    this.#generation += 1;
    return entry;
  }

  #mayRetry(location: string, known: Entry<T>): boolean {
    if (!known.problem) return false;
    return LOCAL.test(location) || this.#now() - known.time >= RETRY_AFTER;
  }

  async #readOrKeep(location: string, fetch: Fetch, pinned: string | undefined): Promise<Entry<T>> {
    try {
      return { ...(await this.#read(location, fetch)), problem: undefined, time: this.#now() };
    } catch (error) {
      fetch.signal.throwIfAborted();
      const problem = toStaveError(error, 'STAVE_DOWNLOAD_FAILED', location);
      const last = pinned === undefined ? undefined : await this.#lastGood(location, pinned, fetch.signal);
      return { file: last?.file, value: last?.value, problem, time: this.#now() };
    }
  }

  async #lastGood(location: string, digest: string, signal: AbortSignal): Promise<Good<T> | undefined> {
    const known = this.#entries.get(location);
    if (known?.file && known.value !== undefined && known.file.digest === digest) {
      return { file: known.file, value: known.value };
    }
    try {
      const good = await this.#read(location, { signal, pinned: digest });
      return good.file.digest === digest ? good : undefined;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  async #read(location: string, options: FetchOptions): Promise<Good<T>> {
    const file = await this.#artifacts.read(location, options);
    return { file, value: await this.#parse(file.content, location) };
  }
}

type Fetch = FetchOptions & Required<AbortOptions>;

interface Good<T> {
  readonly file: SourceFile;
  readonly value: T;
}

/** What an error says, without the remedy that its code brings anyway. */
export function reasonOf(error: StaveError): string {
  const usual = `; ${ERROR_CODES[error.code]}`;
  return error.message.endsWith(usual) ? error.message.slice(0, -usual.length) : error.message;
}

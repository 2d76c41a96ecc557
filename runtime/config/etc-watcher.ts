import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Disposable, StaveError } from '@stave/api';
import type { ConfigurationEdit, ConfigurationQueue } from './configuration-edit.js';
import { readConfigurationText } from './configuration-text.js';
import { digestOf, type EtcFile, etcNames, type KnownFile, readEtcFile } from './etc-folder.js';
import { fileKind } from './pid.js';

/** What the watcher asks of the configurations. */
export interface KnownConfigurations {
  known(fileName: string, pid: string): KnownFile | undefined;
  knownFiles(): readonly string[];
}

export interface EtcWatcherOptions {
  /** Absolute path of etc/; it may come and go, the folder around it may not. */
  readonly folder: string;
  readonly configurations: KnownConfigurations;
  readonly queue: ConfigurationQueue;
  /** Told of edits that the queue did not take. */
  readonly report: (message: string, error: unknown) => void;
  /** How long a doubtful file must be at rest before it is taken up, in milliseconds; default 500. */
  readonly quiet?: number;
}

/** What goes on about one file name. */
interface Slot {
  state: 'idle' | 'busy' | 'busy, look again';
  timer: NodeJS.Timeout | undefined;
}

/** `wait`: it may be half written, or in the middle of being replaced. */
type Verdict = 'same' | 'now' | 'wait';

function keysOf(file: EtcFile): readonly string[] | undefined {
  try {
    return [...readConfigurationText(file.text!, file.format, file.pid).values().keys()];
  } catch (error) {
    if (error instanceof StaveError) return undefined;
    throw error;
  }
}

function judge(file: EtcFile | undefined, known: KnownFile | undefined): Verdict {
  if (!file) return known ? 'wait' : 'same';
  if (known && known.digest === digestOf(file)) return 'same';
  const keys = file.trouble ? undefined : keysOf(file);
  if (!keys || keys.length === 0) return 'wait';
  const present = new Set(keys);
  const lost = (known?.keys ?? []).filter((key) => !present.has(key)).length;
  return lost * 2 > (known?.keys.length ?? 0) ? 'wait' : 'now';
}

/**
 * Watches etc/ and submits what users edit there. Good edits go at once; what does not parse, is empty, has lost more than half of
 * its properties or is gone must stay so for a while. Start it before the folder is scanned at boot, so that nothing is missed.
 */
export class EtcWatcher implements Disposable {
  readonly #options: EtcWatcherOptions;
  readonly #quiet: number;
  readonly #slots = new Map<string, Slot>();
  readonly #stopped = new AbortController();
  #around: FSWatcher | undefined;
  #inside: FSWatcher | undefined;

  constructor(options: EtcWatcherOptions) {
    this.#options = options;
    this.#quiet = options.quiet ?? 500;
  }

  /** Begins to watch. @throws when the folder around etc/ cannot be watched */
  start(): void {
    const { folder } = this.#options;
    const name = basename(folder);
    // A watch ends with its folder; only the folder around sees that it was made again.
    this.#around = this.#watch(dirname(folder), (event, entry) => {
      if (event === 'rename' && entry === name) {
        this.#watchInside();
        this.rescan();
      }
    });
    this.#watchInside();
  }

  /** Looks at every file, as after a loss of events. */
  rescan(): void {
    const { folder, configurations } = this.#options;
    for (const name of new Set([...etcNames(folder), ...configurations.knownFiles()]))
      void this.#look(name, false);
  }

  dispose(): void {
    this.#stopped.abort();
    this.#around?.close();
    this.#inside?.close();
    for (const slot of this.#slots.values()) clearTimeout(slot.timer);
    this.#slots.clear();
  }

  #watchInside(): void {
    const { folder } = this.#options;
    this.#inside?.close();
    this.#inside = undefined;
    if (!existsSync(folder)) return;
    this.#inside = this.#watch(folder, (_event, name) => {
      // Kubernetes swaps the link ..data, through which all files are seen.
      if (name === null || name === '..data') this.rescan();
      else void this.#look(name, false);
    });
  }

  #watch(folder: string, listener: (event: string, name: string | null) => void): FSWatcher {
    const watcher = watch(folder, listener);
    watcher.on('error', (error) => this.#options.report(`watching ${folder} failed`, error));
    return watcher;
  }

  /** @param settled whether the file was at rest long enough */
  async #look(name: string, settled: boolean): Promise<void> {
    if (this.#stopped.signal.aborted || fileKind(name).kind === 'ignored') return;
    const slot: Slot = this.#slots.get(name) ?? { state: 'idle', timer: undefined };
    this.#slots.set(name, slot);
    clearTimeout(slot.timer);
    if (slot.state !== 'idle') {
      slot.state = 'busy, look again';
      return;
    }
    slot.state = 'busy';
    try {
      await this.#take(name, slot, settled);
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        this.#options.report(`the edit of etc/${name} was not taken up`, error);
    }
    this.#rest(name, slot);
  }

  #rest(name: string, slot: Slot): void {
    const again = slot.state === 'busy, look again';
    slot.state = 'idle';
    if (again) void this.#look(name, false);
    else if (!slot.timer) this.#slots.delete(name);
  }

  async #take(name: string, slot: Slot, settled: boolean): Promise<void> {
    slot.timer = undefined;
    const file = await readEtcFile(this.#options.folder, name);
    // It changed while it was read: the next look decides.
    if (slot.state === 'busy, look again' || this.#stopped.signal.aborted) return;
    const verdict = judge(file, this.#known(name));
    if (verdict === 'now' || (verdict === 'wait' && settled)) await this.#submit(name, file);
    else if (verdict === 'wait') slot.timer = setTimeout(() => void this.#look(name, true), this.#quiet);
  }

  async #submit(name: string, file: EtcFile | undefined): Promise<void> {
    if (!file) {
      const kind = fileKind(name);
      // Without its folder a file is out of sight, not deleted.
      if (kind.kind === 'ignored' || !existsSync(this.#options.folder)) return;
      await this.#queue({ kind: 'file', author: 'file', pid: kind.pid, format: kind.format, text: null });
      return;
    }
    await this.#queue({ kind: 'file', author: 'file', ...file });
    if (this.#known(name)?.digest === digestOf(file)) return;
    // It was taken for a reading from before our own write. By now that write is done: what stands there now is meant.
    const again = await readEtcFile(this.#options.folder, name);
    if (!again || this.#known(name)?.digest === digestOf(again)) return;
    await this.#queue({ kind: 'file', author: 'file', ...again, reread: true });
  }

  async #queue(edit: ConfigurationEdit): Promise<void> {
    await this.#options.queue.submit([edit], { signal: this.#stopped.signal });
  }

  #known(name: string): KnownFile | undefined {
    const kind = fileKind(name);
    return kind.kind === 'ignored' ? undefined : this.#options.configurations.known(name, kind.pid);
  }
}

import type { Logger } from '@stave/api';
import type { FileSystem } from '../base/atomic-file.js';
import type { ConfigurationState } from '../config/configuration-edit.js';
import { flushOutbox } from './outbox.js';
import type { Restored } from './restore-bundles.js';
import type { RevisionIndex } from './revision-index.js';
import type { NodeState } from './state.js';
import type { StateFile } from './state-file.js';

/** Commits whose dropped artifacts the store keeps. */
const KEPT_COMMITS = 3;
/** Pins of descriptors and files are digests; those of features are versions. */
const DIGEST = /^[0-9a-f]{64}$/;

export interface CommitterOptions {
  readonly home: string;
  readonly stateFile: StateFile;
  readonly revisions: RevisionIndex;
  readonly log: Logger;
  readonly fs?: FileSystem;
  /** Told `committing`, `committed` and `flushed`. */
  readonly onStep?: (step: string) => void;
}

/** Holds the committed state, replaces it as a whole, and flushes its outbox. */
export class Committer {
  readonly #options: CommitterOptions;
  #state: NodeState;
  /** The outbox that a crash would leave. */
  #outboxOnDisk: NodeState['outbox'];

  constructor(options: CommitterOptions, state: NodeState) {
    this.#options = options;
    this.#state = state;
    this.#outboxOnDisk = state.outbox;
  }

  /** The state as it is on disk, save an outbox that has been flushed. */
  get state(): NodeState {
    return this.#state;
  }

  /**
   * Writes the next state; when this resolves, it is the one that a crash leaves. The index of revisions waits until the node is at
   * rest: it is a cache, and with 1,000 bundles takes longer to write than the state.
   */
  async commit(next: NodeState): Promise<void> {
    const { stateFile, onStep } = this.#options;
    onStep?.('committing');
    const dropped = [droppedDigests(this.#state, next), ...next.dropped].slice(0, KEPT_COMMITS);
    const committed = { ...next, revision: this.#state.revision + 1, dropped };
    await stateFile.save(committed);
    this.#state = committed;
    this.#outboxOnDisk = committed.outbox;
    onStep?.('committed');
  }

  /** Writes what was committed into etc/; what cannot be written stays in the outbox. */
  async flush(): Promise<void> {
    const { home, log, fs, onStep } = this.#options;
    if (this.#state.outbox.length === 0) return;
    const failed = await flushOutbox(home, this.#state.outbox, log, fs);
    this.#state = { ...this.#state, outbox: failed.map(({ write }) => write) };
    onStep?.('flushed');
  }

  /** Keeps the revisions of files that were edited while the node was down. */
  async commitConfigurations(configurations: ConfigurationState): Promise<void> {
    if (configurations.revision === this.#state.configurations.revision) return;
    await this.commit({ ...this.#state, configurations });
  }

  /** Counts ids as given, also when the change that gave them is undone; on disk with the next commit. */
  reserveIds(nextBundleId: number): void {
    if (nextBundleId > this.#state.nextBundleId) this.#state = { ...this.#state, nextBundleId };
  }

  /** Takes over bundles as they could be restored; not a change that is committed by itself. */
  restored(restored: Restored): void {
    this.#state = { ...this.#state, ...restored };
  }

  /** Takes a flushed outbox from the disk, too: after a crash it would write again what a user has removed meanwhile. */
  async settle(): Promise<void> {
    if (this.#outboxOnDisk.length === this.#state.outbox.length) return;
    await this.#options.stateFile.save(this.#state);
    this.#outboxOnDisk = this.#state.outbox;
  }

  /** Writes the state once more, with all that needed no commit of its own. */
  async close(): Promise<void> {
    await this.#options.stateFile.save(this.#state);
    await this.#options.revisions.save();
  }

  /** Digests of artifacts, descriptors and files that the state and the last commits name. */
  liveDigests(): ReadonlySet<string> {
    return new Set([...digestsOf(this.#state), ...this.#state.dropped.flat()]);
  }
}

function digestsOf({ bundles, lost, artifacts, pins }: NodeState): ReadonlySet<string> {
  return new Set([
    ...[...bundles, ...lost].map((spec) => spec.digest),
    ...Object.values(artifacts).flatMap(({ digest, refused }) => [digest, refused?.digest ?? digest]),
    ...Object.values(pins).filter((value) => DIGEST.test(value)),
  ]);
}

function droppedDigests(before: NodeState, after: NodeState): readonly string[] {
  const kept = digestsOf(after);
  return [...digestsOf(before)].filter((digest) => !kept.has(digest));
}

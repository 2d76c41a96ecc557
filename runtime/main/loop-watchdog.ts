import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Logger } from '@stave/api';
import { blockingCode, type FindBundle } from './blocking-code.js';
import { Heartbeat } from './heartbeat.js';
import {
  FIND_SLOT,
  type FindBlockingCode,
  LOOP_LOGGER,
  type LoopResumed,
  type WatchdogData,
} from './loop-watchdog-data.js';
import type { NodeParts } from './node-parts.js';

export interface LoopWatchdogOptions {
  /** How long the event loop may be blocked before that is reported, in milliseconds; asked at each beat. */
  readonly timeout: () => number;
  readonly findBundle: FindBundle;
  readonly log: Logger;
  /** Absolute path of the log: what blocks the loop is written there at once. */
  readonly logFile: string;
}

/** Small, since the thread does next to nothing; large enough for the stack of a deep recursion. In megabytes. */
const MEMORY = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64, stackSizeMb: 1 };

/**
 * Names the bundle that blocks the event loop, while it does. A thread of its own watches a heartbeat of the main thread; when
 * it fails to come, that thread looks through the inspector at what the main thread is doing. It can only tell: to stop the
 * code would end the process. Begins in the next turn of the loop, and does not keep the process alive.
 */
export class LoopWatchdog {
  readonly #options: LoopWatchdogOptions;
  readonly #heartbeat = new Heartbeat();
  readonly #find: FindBlockingCode = (frames) => blockingCode(frames, this.#options.findBundle);
  #begun: Promise<Worker | undefined> | undefined;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoopWatchdogOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => {
      this.#begun = this.#begin().catch((error: unknown) => this.#giveUp(error));
    }, 0).unref();
  }

  /** What it needs of Node is loaded only here, so that no start waits for it. */
  async #begin(): Promise<Worker | undefined> {
    const threads = await import('node:worker_threads');
    const inspector = await import('node:inspector').catch(() => undefined); // a Node built without it cannot be debugged
    if (this.#closed) return undefined;
    Object.defineProperty(globalThis, FIND_SLOT, { value: this.#find, configurable: true });
    this.#beat(() => inspector?.url() !== undefined);
    const workerData: WatchdogData = { memory: this.#heartbeat.memory, logFile: this.#options.logFile };
    const worker = new threads.Worker(new URL('./loop-watchdog-worker.js', import.meta.url), {
      workerData,
      execArgv: [],
      env: threads.SHARE_ENV,
      resourceLimits: MEMORY,
    });
    worker.unref();
    worker.on('message', (resumed: LoopResumed) => this.#tellResumed(resumed));
    worker.on('error', (error) => this.#giveUp(error));
    return worker;
  }

  #beat(isDebugged: () => boolean): void {
    this.#heartbeat.beat(this.#options.timeout(), isDebugged());
    this.#timer = setTimeout(() => this.#beat(isDebugged), this.#heartbeat.period).unref();
  }

  #giveUp(error: unknown): undefined {
    clearTimeout(this.#timer);
    this.#options.log.warn('the event loop is not watched', error);
  }

  #tellResumed({ milliseconds, text }: LoopResumed): void {
    const seconds = (milliseconds / 1000).toFixed(1);
    this.#options.log.warn(`the event loop goes on; it was blocked for ${seconds} s ${text}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (Reflect.get(globalThis, FIND_SLOT) === this.#find) Reflect.deleteProperty(globalThis, FIND_SLOT);
    const worker = await this.#begun;
    await worker?.terminate();
  }
}

/** Watches the loop of a node that is ready. */
export function watchLoop({
  home,
  log,
  limits,
  modules,
}: Pick<NodeParts, 'home' | 'log' | 'limits' | 'modules'>): LoopWatchdog {
  return new LoopWatchdog({
    timeout: () => limits().loop,
    findBundle: (file, line, column) => modules.findPlace(file, line, column),
    log: log.logger(LOOP_LOGGER),
    logFile: join(home.data, 'log', 'stave.log'),
  });
}

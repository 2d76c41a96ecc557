import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { Logger } from '@stave/api';
import { blockingCode, type FindBundle } from './blocking-code.js';
import { Heartbeat } from './heartbeat.js';
import {
  FIND_SLOT,
  type FindBlockingCode,
  type LoopResumed,
  type WatchdogData,
} from './loop-watchdog-data.js';

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
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDebugged = (): boolean => false;

  constructor(options: LoopWatchdogOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#begin(), 0).unref();
  }

  #begin(): void {
    Object.defineProperty(globalThis, FIND_SLOT, { value: this.#find, configurable: true });
    void this.#followInspector();
    this.#beat();
    const workerData: WatchdogData = { memory: this.#heartbeat.memory, logFile: this.#options.logFile };
    const worker = new Worker(new URL('./loop-watchdog-worker.js', import.meta.url), {
      workerData,
      execArgv: [],
      env: SHARE_ENV,
      resourceLimits: MEMORY,
    });
    worker.unref();
    worker.on('message', (resumed: LoopResumed) => this.#tellResumed(resumed));
    worker.on('error', (error) => this.#options.log.warn('the event loop is no longer watched', error));
    worker.on('exit', () => clearTimeout(this.#timer));
    this.#worker = worker;
  }

  #beat(): void {
    this.#heartbeat.beat(this.#options.timeout(), this.#isDebugged());
    this.#timer = setTimeout(() => this.#beat(), this.#heartbeat.period).unref();
  }

  /** Who debugs the node must not be disturbed. A Node without inspector cannot be debugged. */
  async #followInspector(): Promise<void> {
    const inspector = await import('node:inspector').catch(() => undefined);
    if (inspector) this.#isDebugged = () => inspector.url() !== undefined;
  }

  #tellResumed({ milliseconds, text }: LoopResumed): void {
    const seconds = (milliseconds / 1000).toFixed(1);
    this.#options.log.warn(`the event loop goes on; it was blocked for ${seconds} s ${text}`);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (Reflect.get(globalThis, FIND_SLOT) === this.#find) Reflect.deleteProperty(globalThis, FIND_SLOT);
    await this.#worker?.terminate();
  }
}

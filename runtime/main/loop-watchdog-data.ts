import type { BlockingCode, CallFrame } from './blocking-code.js';

/** What the thread of the watchdog is given. */
export interface WatchdogData {
  /** Of the `Heartbeat`. */
  readonly memory: SharedArrayBuffer;
  /** Absolute path of the log. */
  readonly logFile: string;
}

/** Told to the main thread when its loop goes on after a report. */
export interface LoopResumed {
  readonly milliseconds: number;
  /** Of `BlockingCode`. */
  readonly text: string;
}

/** Name of the logger. */
export const LOOP_LOGGER = 'stave.loop';

/** The thread of the watchdog calls this function in the main thread, whose loader knows the bundles. */
export const FIND_SLOT = Symbol.for('stave.findBlockingCode');
export type FindBlockingCode = (frames: readonly CallFrame[]) => BlockingCode;

/** The call of that function as source. */
export function findExpression(frames: readonly CallFrame[]): string {
  return `globalThis[Symbol.for(${JSON.stringify(FIND_SLOT.description)})]?.(${JSON.stringify(frames)})`;
}

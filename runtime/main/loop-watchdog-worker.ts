// The thread of the watchdog. While the loop of the main thread is blocked, nothing that goes through that thread can be used:
// lines are written by this one, straight to their files.
import { appendFileSync, mkdirSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as schedule } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { StaveError } from '@stave/api';
import { toJsonLine } from '../log/format-record.js';
import { type BlockingCode, blockingCode } from './blocking-code.js';
import { Heartbeat } from './heartbeat.js';
import { findExpression, LOOP_LOGGER, type LoopResumed, type WatchdogData } from './loop-watchdog-data.js';

/** How long a report waits for the name of the code, in milliseconds: the stack of a deep recursion takes a second. */
const PATIENCE = 2_000;
const UNKNOWN: BlockingCode = { text: 'in code that cannot be looked at', bundles: [] };
const DEBUGGED: BlockingCode = { text: 'in code that is not looked at while it is debugged', bundles: [] };
const STANDARD_ERROR = 2;

const { memory, logFile } = workerData as WatchdogData;
const heartbeat = new Heartbeat(memory);

let count = heartbeat.count;
let lookedAt = performance.now();
/** How long there was no beat, in milliseconds. */
let silence = 0;
let report: Promise<BlockingCode> | undefined;

function look(): void {
  const { period, timeout } = heartbeat;
  const now = performance.now();
  if (heartbeat.count !== count) {
    if (report) resumed(report, blockedFor());
    report = undefined;
    count = heartbeat.count;
    silence = 0;
  } else {
    // No more than that: a process that was stopped, or a machine that slept, was not blocked.
    silence += Math.min(now - lookedAt, 2 * period);
    if (blockedFor() >= timeout) report ??= reportBlock(count, blockedFor());
  }
  lookedAt = now;
  schedule(look, period);
}

/** The loop may have been free for one period after its last beat. */
function blockedFor(): number {
  return silence - heartbeat.period;
}

/** Gives what is known when the loop goes on: code that waits in native code shows itself only then. */
async function reportBlock(beat: number, milliseconds: number): Promise<BlockingCode> {
  const found = findCode(beat);
  write(milliseconds, await Promise.race([found, setTimeout(PATIENCE, UNKNOWN)]));
  return found;
}

function write(milliseconds: number, code: BlockingCode): void {
  const error = new StaveError(
    'STAVE_LOOP_BLOCKED',
    `the event loop has been blocked for ${(milliseconds / 1000).toFixed(1)} s ${code.text}`,
  );
  const message = String(error);
  const details = { code: error.code, milliseconds: Math.round(milliseconds), bundles: code.bundles };
  const record = { time: Date.now(), level: 'error', logger: LOOP_LOGGER, message, details } as const;
  attempt(() => writeSync(STANDARD_ERROR, `${message}\n`));
  attempt(() => {
    mkdirSync(dirname(logFile), { recursive: true });
    appendFileSync(logFile, toJsonLine(record), { mode: 0o640 });
  });
}

async function findCode(beat: number): Promise<BlockingCode> {
  if (heartbeat.isDebugged) return DEBUGGED;
  try {
    // The file of its own is read only now: most nodes never need it, and a Node without inspector does not have it.
    const { withMainThreadPaused } = await import('./main-thread-stack.js');
    return await withMainThreadPaused(async ({ frames, evaluate }) => {
      if (heartbeat.count !== beat) return UNKNOWN; // what is seen now is not what has blocked
      const answer = await evaluate(findExpression(frames));
      return (answer as BlockingCode | undefined) ?? blockingCode(frames, () => undefined);
    });
  } catch {
    return UNKNOWN;
  }
}

function resumed(reported: Promise<BlockingCode>, milliseconds: number): void {
  void reported.then(({ text }) => parentPort?.postMessage({ milliseconds, text } satisfies LoopResumed));
}

/** Where one of the two cannot be written, the other one still tells it. */
function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // A pipe that nobody reads, or a full disk.
  }
}

look();

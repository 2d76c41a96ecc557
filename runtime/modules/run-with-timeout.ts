import { Script } from 'node:vm';
import { StaveError } from '@stave/api';

const SLOT = Symbol.for('stave.runWithTimeout');
let pending: (() => unknown) | undefined;
let script: Script | undefined;
/** What the limit in force is told to name; undefined when there is none. */
let running: string | undefined;

let stops = 0;

/** How often a time limit has stopped something: what was under way before the last time will never end. */
export function timeoutCount(): number {
  return stops;
}

/** Only code that runs as a script has a time limit, so the script calls back; it takes the function before anything can stop it. */
function call(): unknown {
  const run = pending;
  pending = undefined;
  return run?.();
}

function limited(): Script {
  if (!script) {
    Object.defineProperty(globalThis, SLOT, { value: call, configurable: true });
    script = new Script("globalThis[Symbol.for('stave.runWithTimeout')]()", {
      filename: 'stave:run-with-timeout',
    });
  }
  return script;
}

/**
 * Runs a function and stops it when its synchronous part takes longer. What is stopped runs no `finally`: state that it had half
 * changed stays so. Inside of another such call the outer limit holds for both, and the error names the inner call. Throws
 * `STAVE_EVALUATION_TIMEOUT`; what the function throws passes through.
 * @param ms zero runs it without a limit, which spares about 0.3 ms
 * @param what named in the error
 */
export function runWithTimeout<T>(fn: () => T, ms: number, what: string): T {
  if (running !== undefined) return runInside(fn, what);
  if (ms <= 0) return fn();
  const runner = limited();
  pending = fn;
  running = what;
  try {
    return runner.runInThisContext({ timeout: ms, displayErrors: false }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    stops += 1;
    throw new StaveError('STAVE_EVALUATION_TIMEOUT', `${running} did not come to an end within ${ms} ms`);
  } finally {
    running = undefined;
  }
}

/** A limit of its own would be unsafe: where both end at the same time, Node lets the inner one call off the outer. */
function runInside<T>(fn: () => T, what: string): T {
  const outer = running;
  running = what;
  try {
    return fn();
  } finally {
    running = outer; // not reached when it is stopped, so that it is named
  }
}

import { type Debugger, Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from './blocking-code.js';

/** Of a recursion that is deeper, only the innermost calls are looked at. */
const MAX_FRAMES = 1000;

/** What can be done while the main thread holds still. */
export interface PausedThread {
  /** The innermost call first. */
  readonly frames: readonly CallFrame[];
  /** Value of an expression in the main thread, which must be plain data; undefined when it throws. */
  evaluate(expression: string): Promise<unknown>;
}

/**
 * Holds the main thread, from a worker thread, until the body has ended, and then lets it go on: no port is opened, and nothing
 * of it stays. While the main thread is in native code, waits until it has left that.
 */
export async function withMainThreadPaused<T>(body: (thread: PausedThread) => Promise<T>): Promise<T> {
  const session = new Session();
  try {
    session.connectToMainThread();
    const frames = await pause(session);
    return await body({ frames, evaluate: (expression) => evaluate(session, expression) });
  } finally {
    // Lets the main thread go on, too.
    session.disconnect();
  }
}

async function pause(session: Session): Promise<readonly CallFrame[]> {
  const scripts = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
  const paused = new Promise<Debugger.CallFrame[]>((resolve) => {
    session.once('Debugger.paused', ({ params }) => resolve(params.callFrames));
  });
  // Both at once: a thread that comes out of native code must not get away between the two.
  await Promise.all([session.post('Debugger.enable'), session.post('Debugger.pause')]);
  const frames = (await paused).slice(0, MAX_FRAMES).map(({ functionName, location, url }) => ({
    name: functionName,
    file: pathOf(url || (scripts.get(location.scriptId) ?? '')),
    line: location.lineNumber + 1,
    column: (location.columnNumber ?? 0) + 1,
  }));
  return frames.filter(({ file }) => file !== '');
}

async function evaluate(session: Session, expression: string): Promise<unknown> {
  const answer = await session.post('Runtime.evaluate', { expression, returnByValue: true, silent: true });
  return answer.exceptionDetails ? undefined : answer.result.value;
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

import { type Commands, toStaveError } from '@stave/api';
import { exitStatusOf } from '../language/exit-status.js';
import type { LineResult } from './console-connection.js';
import type { ConsoleSession } from './console-session.js';

/** A line's output, as far as its runner is concerned. */
export interface LineSink {
  readonly signal: AbortSignal;
  write(text: string): void;
  writeError(text: string): void;
}

/** Runs one line of a session; never rejects. */
export async function runLine(
  commands: Pick<Commands, 'execute'>,
  line: string,
  session: ConsoleSession,
  sink: LineSink,
): Promise<LineResult> {
  session.remember(line);
  try {
    await commands.execute(line, session, sink);
    return { status: 0, error: undefined, closed: session.isClosed };
  } catch (thrown) {
    const error = toStaveError(thrown, 'STAVE_INTERNAL');
    return {
      status: exitStatusOf(error),
      error: { code: error.code, message: error.message },
      closed: session.isClosed,
    };
  }
}

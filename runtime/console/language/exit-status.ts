import { StaveError } from '@stave/api';

/** Exit status of a line: 0 done, 1 failed, 2 wrong usage. (3, no node there, is the client's own.) */
export type ExitStatus = 0 | 1 | 2;

const USAGE: ReadonlySet<string> = new Set([
  'STAVE_COMMAND_UNKNOWN',
  'STAVE_COMMAND_USAGE',
  'STAVE_COMMAND_SYNTAX',
]);

export function exitStatusOf(error: unknown): ExitStatus {
  return error instanceof StaveError && USAGE.has(error.code) ? 2 : 1;
}

import { runInNewContext } from 'node:vm';
import { StaveError } from '@stave/api';
import { usage } from './invocation.js';

/** A pattern can take for ever; after this time it is given up. */
const LIMIT_MILLISECONDS = 1000;

/** A regular expression as a user writes it. Throws `STAVE_COMMAND_USAGE`. */
export function toPattern(text: string, options: { readonly ignoreCase?: boolean } = {}): RegExp {
  try {
    return new RegExp(text, options.ignoreCase ? 'iu' : 'u');
  } catch {
    return lenientPattern(text, options.ignoreCase === true);
  }
}

/** Without the flag `u` more is allowed, such as `\-`. */
function lenientPattern(text: string, ignoreCase: boolean): RegExp {
  try {
    return new RegExp(text, ignoreCase ? 'i' : '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(`${text} is no regular expression: ${reason}`, 'put a backslash before special characters');
  }
}

/** Whether each text matches. The search runs under a time limit, so that no pattern can block the node. */
export function matchAll(pattern: RegExp, texts: readonly string[]): readonly boolean[] {
  const search = (): readonly boolean[] => texts.map((text) => pattern.test(text));
  try {
    return runInNewContext('search()', { search }, { timeout: LIMIT_MILLISECONDS }) as readonly boolean[];
  } catch (cause) {
    throw new StaveError('STAVE_LIMIT_EXCEEDED', `the search for ${pattern.source} took too long`, {
      remedy: 'write a simpler pattern',
      cause,
    });
  }
}

import type { Command, OptionSpec, Session } from '@stave/api';
import { callableNames, findCommand } from './command-lookup.js';
import { scanForCompletion } from './completion-scan.js';
import { allOptions } from './parse-arguments.js';
import { quoteWord } from './quote.js';

export interface Completion {
  readonly candidates: readonly string[];
  /** Length of the word that they replace. */
  readonly replace: number;
}

/** More would not help anybody. */
const MAX_CANDIDATES = 500;

/** What may stand at the end of a text: a command, an option, a variable, an argument that the command suggests. */
export async function completeLine(
  text: string,
  commands: readonly Command[],
  session: Pick<Session, 'aliases' | 'variables'>,
): Promise<Completion> {
  const point = scanForCompletion(text);
  if (point.variable) return answer([...session.variables.keys()], point.prefix, point.length);
  const [name, ...words] = point.words;
  if (name === undefined)
    return answer([...callableNames(commands), ...session.aliases.keys()], point.prefix, point.length);
  const command = tryFind(commands, name);
  if (!command) return { candidates: [], replace: 0 };
  const options = allOptions(command);
  if (point.prefix.startsWith('-'))
    return answer(
      options.map((option) => `--${option.name}`),
      point.prefix,
      point.length,
    );
  return answer(await argumentCandidates(command, options, words, point.prefix), point.prefix, point.length);
}

async function argumentCandidates(
  command: Command,
  options: readonly OptionSpec[],
  words: readonly string[],
  prefix: string,
): Promise<readonly string[]> {
  let position = 0;
  let takesValue = false;
  for (const word of words) {
    if (takesValue) takesValue = false;
    else if (word.startsWith('-')) takesValue = awaitsValue(options, word);
    else position += 1;
  }
  if (takesValue) return [];
  const specs = command.arguments ?? [];
  const spec = specs[position] ?? (specs.at(-1)?.many ? specs.at(-1) : undefined);
  try {
    return ((await spec?.complete?.(prefix)) ?? []).map(quoteWord);
  } catch {
    return []; // a suggestion that cannot be had is no error for somebody who is typing
  }
}

function awaitsValue(options: readonly OptionSpec[], word: string): boolean {
  const option = options.find((it) => `--${it.name}` === word || (it.short && `-${it.short}` === word));
  return option?.value !== undefined;
}

function tryFind(commands: readonly Command[], name: string): Command | undefined {
  try {
    return findCommand(commands, name);
  } catch {
    return undefined; // there is nothing to suggest for a command that nobody knows
  }
}

function answer(candidates: readonly string[], prefix: string, length: number): Completion {
  const fitting = [...new Set(candidates)].filter(
    (it) => it.startsWith(prefix) || it.startsWith(`'${prefix}`),
  );
  return { candidates: fitting.sort().slice(0, MAX_CANDIDATES), replace: length };
}

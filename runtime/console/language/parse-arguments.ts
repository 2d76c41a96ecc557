import { type Command, type Invocation, type OptionSpec, StaveError } from '@stave/api';
import { nearest } from '../../base/nearest.js';
import { fullName } from './command-lookup.js';
import { shown } from './shown.js';

/** What the words of a call say, by the names in the command's spec. */
export interface ParsedArguments {
  readonly arguments: Invocation['arguments'];
  readonly options: Invocation['options'];
  /** The generated options, where the command has none of that name. */
  readonly help: boolean;
  readonly json: boolean;
}

const HELP: OptionSpec = { name: 'help', description: 'Show this help' };
const JSON_OPTION: OptionSpec = { name: 'json', description: 'Show a list as JSON' };

/** The command's own options, and those that every command has. */
export function allOptions(command: Command): readonly OptionSpec[] {
  const own = command.options ?? [];
  const names = new Set(own.map((option) => option.name));
  return [...own, ...[HELP, JSON_OPTION].filter((option) => !names.has(option.name))];
}

/** Sorts words into options and arguments. Throws `STAVE_COMMAND_USAGE`. */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const options = allOptions(command);
  const values: Record<string, string | boolean | undefined> = Object.create(null);
  const rest: string[] = [];
  const queue = [...words];
  let ended = false;
  while (queue.length > 0) {
    const word = queue.shift()!;
    if (ended || word === '-' || !word.startsWith('-')) rest.push(word);
    else if (word === '--') ended = true;
    else if (word.startsWith('--')) takeLong(command, options, word, queue, values);
    else takeShort(command, options, word, queue, values);
  }
  const generated = (option: OptionSpec): boolean => options.includes(option) && values[option.name] === true;
  const help = generated(HELP);
  const json = generated(JSON_OPTION);
  if (help) return { arguments: {}, options: values, help, json };
  return { arguments: takeArguments(command, rest), options: values, help, json };
}

type Values = Record<string, string | boolean | undefined>;

function takeLong(
  command: Command,
  options: readonly OptionSpec[],
  word: string,
  queue: string[],
  values: Values,
): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const option = options.find((candidate) => candidate.name === name);
  if (!option) {
    const near = nearest(
      name,
      options.map((candidate) => candidate.name),
    );
    throw usageError(
      command,
      `there is no option --${shown(name)}`,
      near === undefined ? undefined : `did you mean --${near}?`,
    );
  }
  if (option.value === undefined) {
    if (equals >= 0) throw usageError(command, `--${name} takes no value`);
    values[name] = true;
    return;
  }
  values[name] = equals >= 0 ? word.slice(equals + 1) : nextValue(command, option, `--${name}`, queue);
}

/** `-n 5`, `-n5`, and switches together: `-rn`. */
function takeShort(
  command: Command,
  options: readonly OptionSpec[],
  word: string,
  queue: string[],
  values: Values,
): void {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at]!;
    const option = options.find((candidate) => candidate.short === letter);
    if (!option)
      throw usageError(
        command,
        `there is no option -${letter}`,
        'write -- before a word that begins with a dash, or',
      );
    if (option.value === undefined) {
      values[option.name] = true;
      continue;
    }
    const attached = word.slice(at + 1).replace(/^=/, '');
    values[option.name] = attached === '' ? nextValue(command, option, `-${letter}`, queue) : attached;
    return;
  }
}

function nextValue(command: Command, option: OptionSpec, written: string, queue: string[]): string {
  const value = queue.shift();
  if (value === undefined)
    throw usageError(command, `${written} needs a value ${option.value!.toUpperCase()}`);
  return value;
}

function takeArguments(command: Command, words: readonly string[]): ParsedArguments['arguments'] {
  const taken: Record<string, string | readonly string[] | undefined> = Object.create(null);
  let at = 0;
  for (const spec of command.arguments ?? []) {
    if (!spec.optional && at >= words.length)
      throw usageError(command, `the argument ${spec.name.toUpperCase()} is missing`);
    taken[spec.name] = spec.many ? words.slice(at) : words[at];
    at = spec.many ? words.length : at + 1;
  }
  if (at < words.length)
    throw usageError(command, `'${shown(words[at]!)}' is one argument too many`, optionHint(command));
  return taken;
}

/** Whoever is used to a configuration's name as first argument learns here that it is the value of an option. */
function optionHint({ options = [] }: Command): string | undefined {
  const names = options.filter(({ value }) => value !== undefined).map(({ name }) => `--${name}`);
  return names.length === 0 ? undefined : `is one of them the value of ${names.join(' or ')}?`;
}

/** A call that does not fit the command's spec. */
export function usageError(
  command: Pick<Command, 'scope' | 'name'>,
  sentence: string,
  hint?: string,
): StaveError {
  const name = fullName(command);
  const see = `see ${name} --help`;
  return new StaveError('STAVE_COMMAND_USAGE', sentence, {
    where: name,
    remedy: hint === undefined ? see : `${hint} ${see}`,
  });
}

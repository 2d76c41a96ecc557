import type { Command, OptionSpec } from '@stave/api';
import { argument, argumentList, flag, numberOption } from './invocation.js';
import { matchAll, toPattern } from './match-lines.js';

const LINES: OptionSpec = { name: 'lines', short: 'n', value: 'number', description: 'How many; default 10' };

/** Commands that work on the text of a pipe. */
export function textCommands(): readonly Command[] {
  return [echo, grep, head, tail, sort, wc];
}

function linesOf(input: string): readonly string[] {
  const lines = input.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

const echo: Command = {
  scope: 'shell',
  name: 'echo',
  description: 'Write words',
  arguments: [{ name: 'words', description: 'What to write', many: true, optional: true }],
  options: [{ name: 'no-newline', short: 'n', description: 'Do not end the line' }],
  execute(invocation) {
    const text = argumentList(invocation, 'words').join(' ');
    invocation.write(flag(invocation, 'no-newline') ? text : `${text}\n`);
  },
};

const grep: Command = {
  scope: 'shell',
  name: 'grep',
  description: 'Keep the lines that match a pattern',
  arguments: [{ name: 'pattern', description: 'A regular expression' }],
  options: [
    { name: 'ignore-case', short: 'i', description: 'Take capitals and small letters as the same' },
    { name: 'invert-match', short: 'v', description: 'Keep the lines that do not match' },
    { name: 'count', short: 'c', description: 'Write only how many lines there are' },
  ],
  execute(invocation) {
    const ignoreCase = flag(invocation, 'ignore-case');
    const lines = linesOf(invocation.input);
    const matches = matchAll(toPattern(argument(invocation, 'pattern'), { ignoreCase }), lines);
    const wanted = !flag(invocation, 'invert-match');
    const kept = lines.filter((_, at) => matches[at] === wanted);
    return flag(invocation, 'count') ? String(kept.length) : textOf(kept);
  },
};

const head: Command = {
  scope: 'shell',
  name: 'head',
  description: 'Keep the first lines',
  options: [LINES],
  execute(invocation) {
    return textOf(linesOf(invocation.input).slice(0, numberOption(invocation, 'lines', 10)));
  },
};

const tail: Command = {
  scope: 'shell',
  name: 'tail',
  description: 'Keep the last lines',
  options: [LINES],
  execute(invocation) {
    const lines = linesOf(invocation.input);
    return textOf(lines.slice(Math.max(0, lines.length - numberOption(invocation, 'lines', 10))));
  },
};

const sort: Command = {
  scope: 'shell',
  name: 'sort',
  description: 'Sort lines',
  options: [
    { name: 'reverse', short: 'r', description: 'The greatest first' },
    { name: 'numeric', short: 'n', description: 'By the number that a line begins with' },
  ],
  execute(invocation) {
    const numeric = flag(invocation, 'numeric');
    const lines = [...linesOf(invocation.input)].sort((a, b) =>
      numeric ? leadingNumber(a) - leadingNumber(b) || compare(a, b) : compare(a, b),
    );
    return textOf(flag(invocation, 'reverse') ? lines.reverse() : lines);
  },
};

const wc: Command = {
  scope: 'shell',
  name: 'wc',
  description: 'Count lines, words and characters',
  options: [
    { name: 'lines', short: 'l', description: 'Only lines' },
    { name: 'words', short: 'w', description: 'Only words' },
    { name: 'chars', short: 'm', description: 'Only characters' },
  ],
  execute(invocation) {
    const counts = {
      lines: linesOf(invocation.input).length,
      words: invocation.input.split(/\s+/).filter((word) => word !== '').length,
      chars: [...invocation.input].length,
    };
    const asked = (['lines', 'words', 'chars'] as const).filter((name) => flag(invocation, name));
    const shown = asked.length === 0 ? (['lines', 'words', 'chars'] as const) : asked;
    return shown.map((name) => counts[name]).join(' ');
  },
};

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function leadingNumber(line: string): number {
  const value = Number.parseFloat(line.trimStart());
  return Number.isNaN(value) ? 0 : value;
}

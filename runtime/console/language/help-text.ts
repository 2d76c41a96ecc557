import type { ArgumentSpec, Command, OptionSpec } from '@stave/api';
import { fullName } from './command-lookup.js';
import { allOptions } from './parse-arguments.js';

/** The page that `--help` shows: what the command does, how it is written, what its words mean. */
export function helpText(command: Command): string {
  const args = command.arguments ?? [];
  const sections = [
    section('DESCRIPTION', [fullName(command), command.description]),
    section('SYNTAX', [synopsis(command)]),
    section('ARGUMENTS', pairs(args.map((spec) => [spec.name.toUpperCase(), argumentText(spec)]))),
    section('OPTIONS', pairs(allOptions(command).map((spec) => [optionName(spec), spec.description]))),
  ];
  return `${sections.filter((text) => text !== '').join('\n')}`;
}

function synopsis(command: Command): string {
  const words = (command.arguments ?? []).map((spec) => {
    const name = `${spec.name.toUpperCase()}${spec.many ? '…' : ''}`;
    return spec.optional ? `[${name}]` : name;
  });
  return [fullName(command), '[OPTIONS]', ...words].join(' ');
}

function argumentText(spec: ArgumentSpec): string {
  return spec.optional ? `${spec.description} (may be left out)` : spec.description;
}

function optionName(spec: OptionSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const value = spec.value === undefined ? '' : ` ${spec.value.toUpperCase()}`;
  return `${short}--${spec.name}${value}`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

/** Two columns, the first as wide as its longest text. */
export function pairs(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`.trimEnd());
}

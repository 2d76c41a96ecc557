import { type Command, StaveError } from '@stave/api';
import { nearest } from '../../base/nearest.js';
import { shown } from './shown.js';

/** The scope whose commands may always be called by their bare names. */
const HOME_SCOPE = 'shell';

export function fullName(command: Pick<Command, 'scope' | 'name'>): string {
  return `${command.scope}:${command.name}`;
}

/** By scope, then name; of two commands with one name the first stays. */
export function sortCommands(commands: readonly Command[]): readonly Command[] {
  const byName = new Map<string, Command>();
  for (const command of commands) {
    const name = fullName(command);
    if (!byName.has(name)) byName.set(name, command);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, command]) => command);
}

/** The command that a bare name stands for: the one in `shell`, else the only one; undefined when there are several. */
function byBareName(commands: readonly Command[], name: string): Command | undefined {
  const found = commands.filter((command) => command.name === name);
  return found.find((command) => command.scope === HOME_SCOPE) ?? (found.length === 1 ? found[0] : undefined);
}

/** Names that call a command: its full name, and its bare name where that is unique. */
export function callableNames(commands: readonly Command[]): readonly string[] {
  const bare = new Set(commands.map((command) => command.name));
  return [
    ...commands.map(fullName),
    ...[...bare].filter((name) => byBareName(commands, name) !== undefined),
  ].sort();
}

/** Finds a command by `scope:name` or bare name. Throws `STAVE_COMMAND_UNKNOWN` with the nearest name as its remedy. */
export function findCommand(commands: readonly Command[], name: string): Command {
  const found = name.includes(':')
    ? commands.find((command) => fullName(command) === name)
    : byBareName(commands, name);
  if (found) return found;
  throw unknownCommand(commands, name);
}

function unknownCommand(commands: readonly Command[], name: string): StaveError {
  const bare = name.slice(name.lastIndexOf(':') + 1);
  const same = commands.filter((command) => command.name === bare).map(fullName);
  if (same.length > 1 && bare === name)
    return new StaveError('STAVE_COMMAND_UNKNOWN', `several commands are named ${shown(name)}`, {
      remedy: `write one of ${same.join(', ')}`,
    });
  const all = commands.map(fullName);
  const near = nearest(name, [...all, ...commands.map((command) => command.name)]) ?? same[0];
  const remedy =
    near === undefined ? 'see help for the commands that there are' : `did you mean ${near}? see help`;
  return new StaveError('STAVE_COMMAND_UNKNOWN', `there is no command ${shown(name)}`, { remedy });
}

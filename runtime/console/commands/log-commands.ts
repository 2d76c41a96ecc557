import { inspect } from 'node:util';
import type {
  Command,
  ConfigurationAdmin,
  Invocation,
  Log,
  LogLevel,
  LogRecord,
  OptionSpec,
} from '@stave/api';
import { argument, flag, numberOption, option, optionalArgument, usage } from './invocation.js';
import { matchAll, toPattern } from './match-lines.js';

interface Deps {
  readonly log: Log;
  readonly configuration: ConfigurationAdmin;
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];
/** Takes back a level of one's own: the logger then inherits again. */
const DEFAULT = 'default';
const PID = 'stave.log';
/** Name of the level that all loggers inherit. */
const ROOT = 'ROOT';

const LEVEL: OptionSpec = {
  name: 'level',
  short: 'l',
  value: 'level',
  description: `Only records of this level and above: ${LEVELS.join(', ')}`,
};
const PATTERN = {
  name: 'pattern',
  description: 'Only records that match this regular expression',
  optional: true,
} as const;

/** The commands of the scope `log`. */
export function logCommands(deps: Deps): readonly Command[] {
  return [display(deps), tail(deps), get(deps), set(deps)];
}

function display({ log }: Deps): Command {
  return {
    scope: 'log',
    name: 'display',
    description: 'Show the newest records of the log, the newest last',
    arguments: [PATTERN],
    options: [
      {
        name: 'entries',
        short: 'n',
        value: 'number',
        description: 'How many at most; default all that are kept',
      },
      LEVEL,
      { name: 'json', description: 'Show them as JSON' },
    ],
    execute(invocation) {
      const records = filtered(log.recent(), invocation);
      const count = numberOption(invocation, 'entries', records.length);
      const shown = records.slice(Math.max(0, records.length - count));
      if (flag(invocation, 'json')) return JSON.stringify(shown.map(recordJson), undefined, 2);
      return shown.map(recordText).join('');
    },
  };
}

function tail({ log }: Deps): Command {
  return {
    scope: 'log',
    name: 'tail',
    description: 'Follow the log until Ctrl-C',
    arguments: [PATTERN],
    options: [
      {
        name: 'entries',
        short: 'n',
        value: 'number',
        description: 'How many older ones to show first; default 10',
      },
      LEVEL,
    ],
    async execute(invocation) {
      const { signal } = invocation;
      const older = filtered(log.recent(), invocation);
      const count = numberOption(invocation, 'entries', 10);
      invocation.write(
        older
          .slice(Math.max(0, older.length - count))
          .map(recordText)
          .join(''),
      );
      const following = log.onDidWrite((record) => {
        for (const fitting of filtered([record], invocation)) invocation.write(recordText(fitting));
      });
      try {
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      } finally {
        following.dispose();
      }
    },
  };
}

function get({ log }: Deps): Command {
  return {
    scope: 'log',
    name: 'get',
    description: 'Show the levels that are set, or the one in force for a logger',
    arguments: [{ name: 'logger', description: 'Its name', optional: true }],
    execute(invocation) {
      const logger = optionalArgument(invocation, 'logger');
      if (logger !== undefined) return log.level(logger);
      const { [ROOT]: root = log.level(), ...others } = log.levels();
      const rows = Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1));
      return { columns: ['Logger', 'Level'], rows: [[ROOT, root], ...rows] };
    },
  };
}

function set({ configuration }: Deps): Command {
  return {
    scope: 'log',
    name: 'set',
    description: 'Set the level of the log, or of one logger; kept in etc/stave.log.cfg',
    arguments: [
      {
        name: 'level',
        description: `${LEVELS.join(', ')}, or ${DEFAULT} to inherit again`,
        complete: () => LEVELS,
      },
      {
        name: 'logger',
        description: 'Its name; without it the level of all that have none of their own',
        optional: true,
      },
    ],
    async execute(invocation) {
      const level = argument(invocation, 'level').toLowerCase();
      const logger = optionalArgument(invocation, 'logger');
      const key = logger === undefined || logger === ROOT ? 'level' : `level.${logger}`;
      const change = level === DEFAULT ? { remove: [key] } : { set: { [key]: toLevel(level) } };
      await configuration.change(PID, change, { author: 'console', signal: invocation.signal });
    },
  };
}

function toLevel(text: string): LogLevel {
  const level = LEVELS.find((candidate) => candidate === text.toLowerCase());
  if (level) return level;
  throw usage(`${text} is no level`, `write one of ${LEVELS.join(', ')}`);
}

function filtered(records: readonly LogRecord[], invocation: Invocation): readonly LogRecord[] {
  const level = option(invocation, 'level');
  const least = level === undefined ? 0 : LEVELS.indexOf(toLevel(level));
  const loud = records.filter((record) => LEVELS.indexOf(record.level) >= least);
  const text = optionalArgument(invocation, 'pattern');
  if (text === undefined) return loud;
  const matches = matchAll(toPattern(text), loud.map(recordText));
  return loud.filter((_, at) => matches[at]);
}

/** `2026-01-31T12:00:00.000Z  INFO  provisioning  message`, with the details on lines of their own. */
function recordText({ time, level, logger, message, details }: LogRecord): string {
  const line = `${new Date(time).toISOString()}  ${level.toUpperCase().padEnd(5)}  ${logger}  ${message}\n`;
  if (details === undefined) return line;
  const more = inspect(details, { depth: 4, breakLength: 120 });
  return line + more.replace(/^/gm, '    ').concat('\n');
}

function recordJson(record: LogRecord): object {
  const { details, ...rest } = record;
  if (details === undefined) return rest;
  return { ...rest, details: plain(details) };
}

/** Details can be anything; what JSON cannot say becomes text. */
function plain(details: unknown): unknown {
  if (details instanceof Error) return { message: details.message, stack: details.stack };
  try {
    return JSON.parse(JSON.stringify(details) ?? 'null');
  } catch {
    return inspect(details);
  }
}

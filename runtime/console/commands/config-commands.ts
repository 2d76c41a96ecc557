import {
  type ArgumentSpec,
  type Command,
  type Configuration,
  type ConfigurationAdmin,
  type Invocation,
  type JsonValue,
  type OptionSpec,
  StaveError,
} from '@stave/api';
import { nearest } from '../../base/nearest.js';
import { argument, flag, option, optionalArgument, usage } from './invocation.js';

interface Deps {
  readonly configuration: ConfigurationAdmin;
}

const PID: OptionSpec = { name: 'pid', short: 'p', value: 'pid', description: 'Name of the configuration' };
const KEY: ArgumentSpec = { name: 'key', description: 'Name of the property' };
const VALUE: ArgumentSpec = { name: 'value', description: 'Its value' };

/** The commands of the scope `config`. */
export function configCommands({ configuration }: Deps): readonly Command[] {
  return [
    list(configuration),
    propertyList(configuration),
    propertyGet(configuration),
    propertySet(configuration),
    propertyAppend(configuration),
    propertyDelete(configuration),
    remove(configuration),
    status(configuration),
  ];
}

function list(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'list',
    description: 'Show the configurations',
    arguments: [{ name: 'part', description: 'Only those whose PID contains this', optional: true }],
    options: [{ name: 'short', short: 's', description: 'Only their PIDs' }],
    execute(invocation) {
      const part = optionalArgument(invocation, 'part') ?? '';
      const found = configuration.list().filter(({ pid }) => pid.includes(part));
      const empty = 'No configurations';
      if (flag(invocation, 'short')) return { columns: ['PID'], rows: found.map(({ pid }) => [pid]), empty };
      return {
        columns: ['PID', 'Revision', 'Author', 'File', 'Properties'],
        rows: found.map(({ pid, revision, author, file, properties }) => [
          pid,
          revision,
          author,
          file ?? null,
          properties,
        ]),
        empty,
      };
    },
  };
}

function propertyList(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'property-list',
    description: 'Show the properties of a configuration',
    options: [PID],
    execute(invocation) {
      const { properties } = known(configuration, pidOf(invocation));
      return { columns: ['Key', 'Value'], rows: Object.entries(properties), empty: 'No properties' };
    },
  };
}

function propertyGet(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'property-get',
    description: 'Show one property',
    options: [PID],
    arguments: [KEY],
    execute(invocation) {
      const value = property(known(configuration, pidOf(invocation)), argument(invocation, 'key'));
      return typeof value === 'string' ? value : JSON.stringify(value);
    },
  };
}

function propertySet(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'property-set',
    description: 'Set a property; a configuration that is not there is made',
    options: [PID],
    arguments: [KEY, VALUE],
    execute(invocation) {
      const [pid, key] = [pidOf(invocation), argument(invocation, 'key')];
      const before = configuration.get(pid)?.properties[key];
      const value = sameKind(before, argument(invocation, 'value'));
      return change(configuration, pid, { set: { [key]: value } }, invocation);
    },
  };
}

/** In `<PID>.cfg.json` values are typed: a number, truth value or list stays one. */
function sameKind(before: JsonValue | undefined, text: string): JsonValue {
  if (before === undefined || before === null || typeof before === 'string') return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function propertyAppend(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'property-append',
    description: 'Write behind the value of a property; a list gets one more element',
    options: [PID],
    arguments: [KEY, VALUE],
    execute(invocation) {
      const [pid, key] = [pidOf(invocation), argument(invocation, 'key')];
      const before = configuration.get(pid)?.properties[key];
      const text = argument(invocation, 'value');
      const value = Array.isArray(before) ? [...before, text] : `${asText(before)}${text}`;
      return change(configuration, pid, { set: { [key]: value } }, invocation);
    },
  };
}

function asText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function propertyDelete(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'property-delete',
    description: 'Remove a property',
    options: [PID],
    arguments: [KEY],
    execute(invocation) {
      const [pid, key] = [pidOf(invocation), argument(invocation, 'key')];
      property(known(configuration, pid), key);
      return change(configuration, pid, { remove: [key] }, invocation);
    },
  };
}

function remove(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'delete',
    description: 'Delete a configuration, its file too',
    arguments: [
      {
        name: 'pid',
        description: 'Name of the configuration',
        complete: () => configuration.list().map(({ pid }) => pid),
      },
    ],
    async execute(invocation) {
      const { pid } = known(configuration, argument(invocation, 'pid'));
      await configuration.delete(pid, { author: 'console', signal: invocation.signal });
      return `deleted ${pid}`;
    },
  };
}

function status(configuration: ConfigurationAdmin): Command {
  return {
    scope: 'config',
    name: 'status',
    description: 'Show the edits that are not in force, with file, line and reason',
    execute: () => ({
      columns: ['PID', 'File', 'Line', 'Code', 'Reason', 'Last Good'],
      rows: configuration
        .problems()
        .map(({ pid, file, line, code, reason, lastGood }) => [
          pid,
          file ?? null,
          line ?? null,
          code,
          reason,
          lastGood ? 'in force' : 'none',
        ]),
      empty: 'Every configuration is in force as it is written',
    }),
  };
}

async function change(
  configuration: ConfigurationAdmin,
  pid: string,
  what: Parameters<ConfigurationAdmin['change']>[1],
  invocation: Invocation,
): Promise<string> {
  const after = await configuration.change(pid, what, { author: 'console', signal: invocation.signal });
  return `${after.pid} is at revision ${after.revision}`;
}

function pidOf(invocation: Invocation): string {
  const pid = option(invocation, PID.name);
  if (pid === undefined) throw usage('the configuration is not named', 'add -p PID; see config:list');
  return pid;
}

function known(configuration: ConfigurationAdmin, pid: string): Configuration {
  const found = configuration.get(pid);
  if (found) return found;
  const near = nearest(
    pid,
    configuration.list().map((other) => other.pid),
  );
  throw new StaveError(
    'STAVE_CONFIG_UNKNOWN',
    `there is no configuration ${pid}`,
    near === undefined ? {} : { remedy: `did you mean ${near}? see config:list` },
  );
}

function property({ pid, properties }: Configuration, key: string): JsonValue {
  const value = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (value !== undefined) return value;
  throw new StaveError('STAVE_CONFIG_UNKNOWN', `${pid} has no property ${key}`, {
    remedy: `see config:property-list -p ${pid}`,
  });
}

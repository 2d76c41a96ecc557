import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, type Commands, type Session, StaveError, type Table } from '@stave/api';
import { findCommand, fullName } from '../language/command-lookup.js';
import { helpText, pairs } from '../language/help-text.js';
import { argument, optionalArgument } from './invocation.js';
import { textCommands } from './text-commands.js';

type Deps = { readonly commands: Commands };

/** Scripts that source each other. */
const MAX_NESTING = 8;
const MAX_SCRIPT_BYTES = 1024 * 1024;

/** The commands of the scope `shell`. */
export function shellCommands({ commands }: Deps): readonly Command[] {
  return [help(commands), alias, history, source(commands), logout, ...textCommands()];
}

function help(commands: Commands): Command {
  return {
    scope: 'shell',
    name: 'help',
    description: 'Show the commands that there are, or what one means',
    arguments: [
      {
        name: 'command',
        description: 'A command, or a scope such as bundle',
        optional: true,
        complete: () => commands.list().map(fullName),
      },
    ],
    execute(invocation) {
      const all = commands.list();
      const name = optionalArgument(invocation, 'command');
      if (name === undefined) return overview(all);
      const inScope = all.filter(({ scope }) => scope === name);
      return inScope.length > 0 ? overview(inScope) : helpText(findCommand(all, name));
    },
  };
}

function overview(commands: readonly Command[]): string {
  const rows = pairs(commands.map((command) => [fullName(command), command.description]));
  const lines = commands.flatMap((command, at) =>
    command.scope === commands[at - 1]?.scope ? [`  ${rows[at]}`] : ['', command.scope, `  ${rows[at]}`],
  );
  return [...lines.slice(1), '', 'help COMMAND, or COMMAND --help, tells more about one of them.'].join('\n');
}

const alias: Command = {
  scope: 'shell',
  name: 'alias',
  description: 'Give a short name to a line; show short names',
  arguments: [
    {
      name: 'definition',
      description: "NAME='LINE' to set, NAME= to remove, NAME to show one; nothing to show all",
      optional: true,
    },
  ],
  execute(invocation) {
    const { aliases } = invocation.session;
    const definition = optionalArgument(invocation, 'definition');
    if (definition === undefined) return aliasTable([...aliases]);
    const equals = definition.indexOf('=');
    if (equals < 0) return aliasTable([...aliases].filter(([name]) => name === definition));
    const name = definition.slice(0, equals);
    if (!/^[A-Za-z0-9_.:-]+$/.test(name))
      throw new StaveError('STAVE_COMMAND_USAGE', `${name || "''"} is no name for an alias`, {
        remedy: 'use letters, digits, dots, dashes and colons',
      });
    const line = definition.slice(equals + 1).trim();
    if (line === '') aliases.delete(name);
    else aliases.set(name, line);
    return undefined;
  },
};

function aliasTable(aliases: readonly (readonly [string, string])[]): Table {
  return { columns: ['Name', 'Line'], rows: [...aliases].sort(), empty: 'No aliases' };
}

const history: Command = {
  scope: 'shell',
  name: 'history',
  description: 'Show the lines of this console',
  execute({ session }) {
    return { columns: ['Number', 'Line'], rows: session.history.map((line, at) => [at + 1, line]) };
  },
};

const logout: Command = {
  scope: 'shell',
  name: 'logout',
  description: 'Leave the console',
  execute({ session }) {
    session.close();
  },
};

function source(commands: Commands): Command {
  const nesting = new WeakMap<Session, number>();
  return {
    scope: 'shell',
    name: 'source',
    description: 'Run the lines of a file; the first that fails ends it',
    arguments: [{ name: 'file', description: 'A path, relative to the folder of the client' }],
    async execute(invocation) {
      const { session, signal } = invocation;
      const depth = (nesting.get(session) ?? 0) + 1;
      if (depth > MAX_NESTING)
        throw new StaveError('STAVE_LIMIT_EXCEEDED', `more than ${MAX_NESTING} scripts source each other`, {
          remedy: 'look for a script that sources itself',
        });
      const text = await readScript(resolve(session.cwd, argument(invocation, 'file')));
      nesting.set(session, depth);
      try {
        await commands.execute(text, session, { signal, write: (output) => invocation.write(output) });
      } finally {
        nesting.set(session, depth - 1);
      }
    },
  };
}

async function readScript(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_SCRIPT_BYTES) return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StaveError('STAVE_COMMAND_FAILED', `the script cannot be read: ${reason}`, {
      where: path,
      remedy: 'check the path',
      cause,
    });
  }
  throw new StaveError('STAVE_LIMIT_EXCEEDED', `the script is larger than ${MAX_SCRIPT_BYTES} bytes`, {
    where: path,
    remedy: 'split it',
  });
}

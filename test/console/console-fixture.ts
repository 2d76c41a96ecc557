import { Command, type CommandResult, type Invocation, type ServiceToken } from '@stave/api';
import { CommandRegistry } from 'stave/console/language/command-registry.js';
import { ConsoleSession } from 'stave/console/socket/console-session.js';

/** A registry over commands that a test may add and remove. */
export function registryOf(commands: readonly Command[]): CommandRegistry {
  return new CommandRegistry({
    all: <T>(token: ServiceToken<T>) => (token.key === Command.key ? (commands as readonly T[]) : []),
  });
}

export function commandOf(
  name: string,
  execute: (invocation: Invocation) => CommandResult | Promise<CommandResult>,
  spec: Partial<Command> = {},
): Command {
  const [scope = '', bare = ''] = name.split(':');
  return { scope, name: bare, description: `Does ${name}`, ...spec, execute };
}

/** Writes its words, each in brackets, so that a test sees where they end. */
export const showWords = commandOf(
  'shell:words',
  ({ arguments: { words } }) => (words as readonly string[]).map((word) => `<${word}>`).join(''),
  { arguments: [{ name: 'words', description: 'Anything', many: true, optional: true }] },
);

/** Writes what the pipe brought, in brackets. */
export const showInput = commandOf('shell:input', ({ input }) => `[${input}]`);

export const fail = commandOf('shell:fail', () => {
  throw new Error('it broke');
});

export function sessionOf(
  options: { interactive?: boolean; columns?: number; cwd?: string; ask?: () => boolean } = {},
): ConsoleSession {
  return new ConsoleSession({
    cwd: options.cwd ?? '/work',
    columns: options.columns ?? 80,
    interactive: options.interactive ?? false,
    history: [],
    ask: async () => options.ask?.() ?? false,
  });
}

/** What a line writes; rejects as the line does. */
export async function output(
  line: string,
  commands: readonly Command[],
  session: ConsoleSession = sessionOf(),
): Promise<string> {
  let text = '';
  await registryOf(commands).execute(line, session, {
    signal: new AbortController().signal,
    write: (more) => {
      text += more;
    },
  });
  return text;
}

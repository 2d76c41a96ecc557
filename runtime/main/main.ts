import { describeError, ERROR_CODES, StaveError } from '@stave/api';
import { type CommandLine, parseCommandLine } from './command-line.js';

const USAGE = `usage: stave COMMAND

  run [--home DIR] [--name NAME] [--clean]   start a node in the foreground; on a terminal it is the console
  client [--home DIR] [COMMAND…]             talk to a running node
  status [--home DIR]                        whether a node runs there
  stop [--home DIR]                          stop it
  create DIR [--name NAME]                   make a new home, with a launcher in it
  new bundle NAME                            make a bundle project
  pack [DIR] [--out FILE]                    make an archive of a bundle that runs anywhere, offline too
  version
`;

type Run = (line: CommandLine, installation: string) => Promise<number>;

/** Loaded when they are called: a start needs none of the others. */
const COMMANDS: Readonly<Record<string, () => Promise<Run>>> = {
  run: async () => (await import('./commands/run.js')).run,
  status: async () => (await import('./commands/status.js')).status,
  stop: async () => (await import('./commands/stop.js')).stop,
  create: async () => (await import('./commands/create.js')).create,
  new: async () => (await import('./commands/new.js')).newProject,
  pack: async () => (await import('./commands/pack.js')).pack,
  version: async () => (await import('./commands/version.js')).version,
};

const USAGE_CODES: ReadonlySet<string> = new Set([
  'STAVE_COMMAND_UNKNOWN',
  'STAVE_COMMAND_USAGE',
  'STAVE_COMMAND_SYNTAX',
]);

/**
 * The command `stave`.
 *
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 3 no node there
 */
export async function main(words: readonly string[], installation: string): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(USAGE);
    return name === undefined ? 2 : 0;
  }
  try {
    const load = COMMANDS[name === '--version' ? 'version' : name];
    if (!load) {
      throw new StaveError('STAVE_COMMAND_UNKNOWN', `stave has no command "${name}"`, {
        remedy: 'see stave help',
      });
    }
    const command = await load();
    return await command(parseCommandLine(rest), installation);
  } catch (error) {
    process.stderr.write(`${errorLine(error)}\n`);
    if (!(error instanceof StaveError)) return 1;
    if (error.code === 'STAVE_NODE_DOWN') return 3;
    return USAGE_CODES.has(error.code) ? 2 : 1;
  }
}

function errorLine(error: unknown): string {
  if (error instanceof StaveError) return error.toString();
  const stack = error instanceof Error ? error.stack : undefined;
  return `STAVE_INTERNAL: ${describeError(error)}; ${ERROR_CODES.STAVE_INTERNAL}\n${stack ?? ''}`;
}

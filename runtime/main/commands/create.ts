import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StaveError } from '@stave/api';
import { type CommandLine, expectOnly } from '../command-line.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

async function isEmptyOrAbsent(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

/** Quotes a word for the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Makes a new home with the default configuration and a launcher that knows its paths. */
export async function create(line: CommandLine, installation: string): Promise<number> {
  expectOnly(line, 1, ['name']);
  const [folder] = line.words;
  if (folder === undefined) {
    throw new StaveError('STAVE_COMMAND_USAGE', 'the folder is missing', {
      remedy: 'call stave create DIR [--name NAME]',
    });
  }
  const home = resolve(folder);
  const name = line.options.name ?? home.split('/').at(-1) ?? 'node';
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new StaveError('STAVE_COMMAND_USAGE', `"${name}" is no name for a node`, {
      remedy: 'use letters, digits, dots, dashes and underscores with --name',
    });
  }
  if (!(await isEmptyOrAbsent(home))) {
    throw new StaveError('STAVE_HOME_INVALID', 'the folder is not empty', {
      where: home,
      remedy: 'name a new folder',
    });
  }
  for (const part of ['etc', 'deploy', 'data', 'features'])
    await mkdir(join(home, part), { recursive: true });
  for (const file of await readdir(join(installation, 'etc'))) {
    if (/^stave\..*\.cfg$/.test(file)) await cp(join(installation, 'etc', file), join(home, 'etc', file));
  }
  await writeFile(
    join(home, 'etc', 'stave.node.cfg'),
    `# Name of this node, shown in the prompt of the console.\nname = ${name}\n`,
  );
  const launcher = join(home, 'stave');
  const script = join(installation, 'runtime', 'bin', 'stave.js');
  await writeFile(
    launcher,
    `#!/bin/sh\n# Runs stave on this home: ./stave run, ./stave client, ./stave stop\nSTAVE_HOME=${quoted(home)} exec node ${quoted(script)} "$@"\n`,
  );
  await chmod(launcher, 0o755);
  process.stdout.write(`made ${home}; start it with ${join(folder, 'stave')} run\n`);
  return 0;
}

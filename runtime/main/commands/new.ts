import { StaveError } from '@stave/api';
import { type CommandLine, expectOnly } from '../command-line.js';
import { newBundle } from '../new-bundle.js';
import { RUNTIME_VERSION } from '../runtime-version.js';

/** Makes a new project; `bundle` is the only kind so far. */
export async function newProject(line: CommandLine, installation: string): Promise<number> {
  expectOnly(line, 2, []);
  const [kind, name] = line.words;
  if (kind !== 'bundle' || name === undefined) {
    throw new StaveError('STAVE_COMMAND_USAGE', 'say what to make', { remedy: 'call stave new bundle NAME' });
  }
  const folder = await newBundle(name, { cwd: process.cwd(), installation, apiVersion: RUNTIME_VERSION });
  process.stdout.write(`made ${folder}; its README.md says how to go on\n`);
  return 0;
}

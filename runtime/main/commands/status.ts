import { join, resolve } from 'node:path';
import { StaveError } from '@stave/api';
import { type CommandLine, expectOnly, homeOf } from '../command-line.js';
import { homeHolder } from '../home-lock.js';

/** Tells whether a node runs on a home. */
export async function status(line: CommandLine, installation: string): Promise<number> {
  expectOnly(line, 0, ['home']);
  const home = resolve(homeOf(line, installation));
  const holder = homeHolder(join(home, 'data'));
  if (!holder) throw new StaveError('STAVE_NODE_DOWN', 'no node runs here', { where: home });
  process.stdout.write(`a node runs on ${home}, process ${holder.pid}\n`);
  return 0;
}

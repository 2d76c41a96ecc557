import { type CommandLine, expectOnly } from '../command-line.js';
import { RUNTIME_VERSION } from '../runtime-version.js';

export async function version(line: CommandLine): Promise<number> {
  expectOnly(line, 0, []);
  process.stdout.write(`stave ${RUNTIME_VERSION}\n`);
  return 0;
}

import { join, resolve } from 'node:path';
import { StaveError } from '@stave/api';
import { sleep } from '../../base/limit.js';
import { type CommandLine, expectOnly, homeOf } from '../command-line.js';
import { homeHolder } from '../home-lock.js';
import { isRunning } from '../process-identity.js';

/** How long an orderly stop may take: each bundle has its own limit, and they stop one after the other. */
const PATIENCE = 120_000;

/** Stops the node of a home in order, and waits until its process is gone. */
export async function stop(line: CommandLine, installation: string): Promise<number> {
  expectOnly(line, 0, ['home']);
  const home = resolve(homeOf(line, installation));
  const holder = homeHolder(join(home, 'data'));
  if (!holder) throw new StaveError('STAVE_NODE_DOWN', 'no node runs here', { where: home });
  process.kill(holder.pid, 'SIGTERM');
  const limit = performance.now() + PATIENCE;
  while (isRunning(holder)) {
    if (performance.now() > limit) {
      throw new StaveError(
        'STAVE_STOP_FAILED',
        `process ${holder.pid} has not ended within ${PATIENCE / 1000} s`,
        {
          where: home,
          remedy: `look into data/log/stave.log, then end it with kill -9 ${holder.pid}; nothing is lost by that`,
        },
      );
    }
    await sleep(20);
  }
  process.stdout.write(`stopped process ${holder.pid}\n`);
  return 0;
}

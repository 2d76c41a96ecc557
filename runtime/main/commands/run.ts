import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Home, StaveError } from '@stave/api';
import { toTextLine } from '../../log/format-record.js';
import { type CommandLine, expectOnly, homeOf } from '../command-line.js';
import { openHome } from '../home-folder.js';
import { lockHome } from '../home-lock.js';
import { StaveNode } from '../stave-node.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Starts a node in the foreground; on a terminal it is the console, elsewhere the log goes to standard output. */
export async function run(line: CommandLine, installation: string): Promise<number> {
  expectOnly(line, 0, ['home', 'name', 'clean']);
  const { name } = line.options;
  const home = openHome({
    folder: resolve(homeOf(line, installation)),
    installation,
    ...(typeof name === 'string' ? { name } : {}),
  });
  const lock = lockHome(home.data);
  try {
    if (line.options.clean) await clean(home.data);
    return await runUntilStopped(home);
  } finally {
    lock.release();
  }
}

/** A signal ends the node in order, also while it is still coming up. */
async function runUntilStopped(home: Home): Promise<number> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new StaveError('STAVE_ABORTED', 'the node is stopping'));
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const terminal = process.stdin.isTTY && process.stdout.isTTY;
    const onStep = crashPoint(process.env.STAVE_TEST_CRASH_AT);
    const node = await StaveNode.start(home, {
      echo: terminal ? undefined : (record) => process.stdout.write(toTextLine(record)),
      signal: stopping.signal,
      onWaiting: (bundles) => console.log(waitingText(home.name, bundles)),
      ...(onStep ? { onStep } : {}),
    });
    console.log(node.readyText);
    if (terminal) await node.runConsole();
    await node.closed;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
  return 0;
}

function waitingText(name: string, bundles: readonly string[]): string {
  const what =
    bundles.length === 0 ? 'what bundles need is fetched and compiled' : `waits for ${bundles.join(', ')}`;
  return `stave ${name} is starting: ${what}`;
}

/** Empties the data folder but for the log: claims of the console are gone, all others come back. */
async function clean(data: string): Promise<void> {
  for (const name of ['state.json', 'store', 'blobs', 'staging', 'cache', 'bundles']) {
    await rm(join(data, name), { recursive: true, force: true });
  }
}

/** For tests: ends the process without warning at a step of a transaction, as a power cut would. */
function crashPoint(at: string | undefined): ((step: string) => void) | undefined {
  if (at === undefined) return undefined;
  return (step) => {
    if (step === at) process.kill(process.pid, 'SIGKILL');
  };
}

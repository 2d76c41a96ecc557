import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { INSTALLATION } from '../support/node-process.js';

const LAUNCHER = join(INSTALLATION, 'runtime', 'bin', 'stave.js');
const READY = /^stave \S+ ready in \d+ ms, (\d+) bundles? active(.*)$/m;

/** A started node. */
export interface StartedNode {
  /** From exec until its ready line was read. */
  readonly milliseconds: number;
  /** Bundles that are active. */
  readonly active: number;
  /** Resident memory when it was ready, in bytes. */
  readonly memory: number;
  /** Stops it in order. */
  stop(): Promise<void>;
}

/** Milliseconds from the start of `node` with these words to its end; throws when it fails. */
export async function timeToEnd(words: readonly string[], cwd = INSTALLATION): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<number>((resolve) => child.once('exit', () => resolve(performance.now())));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`node ${words.join(' ')} failed: ${errors}`);
  return (await ended) - began;
}

/** Milliseconds from the start of `node` with these words to a line that matches; the process is then waited for. */
export async function timeToLine(words: readonly string[], line: RegExp): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await untilSaid(child, line);
  if (child.exitCode === null) await once(child, 'exit');
  return said.time - began;
}

/** Runs the client on a node, as a user does. */
export function clientTime(home: string, ...words: readonly string[]): Promise<number> {
  return timeToEnd([LAUNCHER, 'client', '--home', home, ...words]);
}

/** Starts a node on a home, the real process. */
export async function startNode(home: string): Promise<StartedNode> {
  const began = performance.now();
  const child = spawn(process.execPath, [LAUNCHER, 'run', '--home', home], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { time, match } = await untilSaid(child, READY);
  return {
    milliseconds: time - began,
    active: Number(match[1]),
    memory: memoryOf(child.pid!),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function untilSaid(
  child: ChildProcess,
  line: RegExp,
): Promise<{ readonly time: number; readonly match: RegExpExecArray }> {
  let output = '';
  const said = new Promise<{ time: number; match: RegExpExecArray }>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const time = performance.now();
      output += text;
      const match = line.exec(output);
      if (match) resolve({ time, match });
    });
    child.once('close', () => reject(new Error(`the process ended before ${line}:\n${output}`)));
  });
  return await said;
}

/** Resident memory of a process in bytes. */
function memoryOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

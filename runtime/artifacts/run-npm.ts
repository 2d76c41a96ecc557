import { type ChildProcess, spawn } from 'node:child_process';
import { type AbortOptions, StaveError } from '@stave/api';
import { Slots } from './concurrency.js';

export interface NpmRun extends AbortOptions {
  readonly cwd: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** What it is done for, named in errors. */
  readonly where: string;
}

/** Runs npm with arguments; throws `STAVE_NPM_*`. */
export type Npm = (args: readonly string[], run: NpmRun) => Promise<void>;

const KEPT_OUTPUT = 8000;
const SHOWN_LINES = 12;
const NOT_FOUND = new Set(['E404', 'ETARGET', 'ENOVERSIONS']);
/** The line in which npm names what it did not find, among others that tell addresses and advice. */
const NAMED =
  /^npm (?:error|ERR!) (?:notarget|404) +(No matching version.*?|.*(?:is not in this registry|could not be found|is not in the npm registry).*?)\.?$/m;
/** What `npm ci` says of a lock file that is behind, before it explains its options. */
const LOCK_DIFFERS = /package-lock\.json.* are in sync/;
const LOCK_MISSES = /^npm (?:error|ERR!) Missing: (.+?) from lock file/m;
const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EIDLETIMEOUT',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCACHED',
  'ENOTFOUND',
  'ERR_SOCKET_TIMEOUT',
  'ETIMEDOUT',
]);
/** What npm itself sets for the scripts that it runs; inherited it would turn our npm to the caller's package. */
const INHERITED =
  /^(npm_(lifecycle_|package_|command$|config_(local_prefix$|loglevel$|workspace))|INIT_CWD$)/i;

/** The environment for npm: the user's, without what an outer npm has put there. */
export function npmEnvironment(outer: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(outer).filter(([name]) => !INHERITED.test(name));
  return {
    // npm waits 10 s, then 60 s for a registry that does not answer: too long for somebody at a console.
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    npm_config_update_notifier: 'false',
    ...Object.fromEntries(kept),
  };
}

function tail(output: string): string {
  const lines = output.split('\n').filter((line) => !/complete log of this run|^\s*$/.test(line));
  return lines.slice(-SHOWN_LINES).join('\n').trim();
}

/** The error that the output of a failed npm stands for. */
export function npmFailure(output: string, ending: string, where: string): StaveError {
  const code = /npm (?:error|ERR!) code (\S+)/.exec(output)?.[1];
  const details = { npm: code, output: tail(output) };
  if (code !== undefined && NOT_FOUND.has(code)) {
    const said = NAMED.exec(output)?.[1];
    return new StaveError('STAVE_NPM_NOT_FOUND', `npm does not find it: ${said ?? code}`, { where, details });
  }
  if (code !== undefined && UNREACHABLE.has(code)) {
    const sentence = `npm cannot reach the registry (${code}), and its cache has not all that is needed`;
    return new StaveError('STAVE_NPM_OFFLINE', sentence, { where, details });
  }
  if (LOCK_DIFFERS.test(output)) {
    const missing = LOCK_MISSES.exec(output)?.[1];
    return new StaveError(
      'STAVE_NPM_FAILED',
      `package-lock.json does not fit package.json${missing === undefined ? '' : `, it lacks ${missing}`}`,
      { where, details, remedy: 'run npm install there, so that the lock file follows' },
    );
  }
  return new StaveError('STAVE_NPM_FAILED', `npm ${ending}:\n${tail(output)}\n`, { where, details });
}

/** Ends npm and all that it has started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

const slots = new Slots(2);

/** Runs the user's own npm, at most two at once. It is ended with all its children when it is aborted or takes too long. */
export const runNpm: Npm = (args, run) => slots.use(() => runOne(args, run));

async function runOne(args: readonly string[], { cwd, timeout, where, signal }: NpmRun): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn('npm', args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: npmEnvironment(process.env),
  });
  let output = '';
  const listen = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, timeout);
  const abort = (): void => killGroup(child);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const ending = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, killed) =>
        resolve(killed === null ? `ended with status ${status}` : `was ended by ${killed}`),
      );
    });
    signal?.throwIfAborted();
    if (late) {
      throw new StaveError('STAVE_NPM_FAILED', `npm took longer than ${timeout} ms:\n${tail(output)}\n`, {
        where,
        remedy: 'check the network, or raise npm.timeout in etc/stave.limits.cfg',
      });
    }
    if (ending !== 'ended with status 0') throw npmFailure(output, ending, where);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new StaveError('STAVE_NPM_FAILED', 'there is no npm on the PATH', {
        where,
        remedy: 'install npm, or bring the bundle with its dependencies inside: stave pack',
        cause: error,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

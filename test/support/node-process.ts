import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { poll } from './poll.js';

/** The repository, which is the installation of every node under test. */
export const INSTALLATION = fileURLToPath(new URL('../../..', import.meta.url));
const LAUNCHER = join(INSTALLATION, 'runtime', 'bin', 'stave.js');
/** Bundles that are meant to run and do not are counted behind. */
const READY = /^stave (\S+) ready in (\d+) ms, (\d+) bundles? active(?:, \d+ not .*)?$/m;
/** For a start that installs from npm, or a command that does, on a slow machine. */
const PATIENCE = 90_000;

export interface NodeOptions {
  /** Files of the home by path, such as `{ 'etc/acme.greeter.cfg': 'greeting = Hi\n' }`; they replace the default ones. */
  readonly files?: Readonly<Record<string, string>>;
  /** Environment beside that of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further words of `stave run`. */
  readonly words?: readonly string[];
  /** An existing folder as home, which is then left in place; default: a fresh one below the temporary folder. */
  readonly home?: string;
}

export interface Finished {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ready {
  readonly name: string;
  readonly milliseconds: number;
  readonly active: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; default: nothing. */
  readonly input?: string;
}

/** Runs a program to its end, at most for the patience of the tests. */
export async function runProgram(
  file: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(file, words, {
    cwd: options.cwd ?? INSTALLATION,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A process that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { status, signal, stdout: stdout(), stderr: stderr() };
}

/** Runs the launcher: `stave('version')`. */
export function stave(...words: readonly string[]): Promise<Finished> {
  return staveWith({}, ...words);
}

export function staveWith(options: RunOptions, ...words: readonly string[]): Promise<Finished> {
  return runProgram(process.execPath, [LAUNCHER, ...words], options);
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** A real node: the process that `stave run` is, in a home of its own. */
export class NodeProcess {
  readonly home: string;
  readonly #options: NodeOptions;
  #child: ChildProcess;
  #output: () => string = () => '';
  #errors: () => string = () => '';
  #closed: Promise<unknown> = Promise.resolve();

  private constructor(home: string, options: NodeOptions) {
    this.home = home;
    this.#options = options;
    this.#child = this.#spawn({});
  }

  /** Makes the home and starts the process. Resolves when it is ready. */
  static async start(options: NodeOptions = {}): Promise<NodeProcess> {
    const node = await NodeProcess.launch(options);
    try {
      await node.ready();
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Makes the home and starts the process, without waiting for it: for one that is meant to fail or to be killed. */
  static async launch(options: NodeOptions = {}): Promise<NodeProcess> {
    const home = options.home ?? (await realpath(await mkdtemp(join(tmpdir(), 'stave-node-'))));
    try {
      await furnish(home, options.files ?? {});
    } catch (error) {
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
      throw error;
    }
    return new NodeProcess(home, options);
  }

  #spawn(env: Readonly<Record<string, string>>): ChildProcess {
    const child = spawn(
      process.execPath,
      [LAUNCHER, 'run', '--home', this.home, ...(this.#options.words ?? [])],
      {
        cwd: this.home,
        env: { ...process.env, ...this.#options.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#output = collect(child.stdout!);
    this.#errors = collect(child.stderr!);
    this.#closed = once(child, 'close');
    return child;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Standard output of this run so far. */
  get output(): string {
    return this.#output();
  }

  /** Standard error of this run so far. */
  get errors(): string {
    return this.#errors();
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  path(...parts: readonly string[]): string {
    return join(this.home, ...parts);
  }

  read(...parts: readonly string[]): Promise<string> {
    return readFile(this.path(...parts), 'utf8');
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), content);
  }

  /** Waits for the ready line of this run. Throws with all that the process said when it ends before. */
  ready(): Promise<Ready> {
    return this.#until('the ready line', () => {
      const [, name, milliseconds, active] = READY.exec(this.output) ?? [];
      return name === undefined
        ? undefined
        : { name, milliseconds: Number(milliseconds), active: Number(active) };
    });
  }

  async #until<T>(what: string, look: () => T | undefined): Promise<T> {
    const found = await poll(() => look() ?? (this.ended ? 'ended' : undefined), {
      milliseconds: PATIENCE,
      what,
    });
    if (found !== 'ended') return found as T;
    // What it said last may have come together with its end.
    await this.#closed;
    const last = look();
    if (last !== undefined) return last;
    throw new Error(`the node ended before ${what}:\n${this.output}${this.errors}`);
  }

  /** Runs `stave client` on this node, each word as one argument. */
  client(...words: readonly string[]): Promise<Finished> {
    return this.clientIn(this.home, ...words);
  }

  /** Begins `stave client` as a process that the caller may send signals to, and must wait for. */
  beginClient(...words: readonly string[]): ChildProcess {
    return spawn(process.execPath, [LAUNCHER, 'client', '--home', this.home, ...words], {
      cwd: this.home,
      stdio: 'ignore',
    });
  }

  /** The same from another working directory. */
  clientIn(cwd: string, ...words: readonly string[]): Promise<Finished> {
    return staveWith({ cwd }, 'client', '--home', this.home, ...words);
  }

  /** The same for commands that must succeed; gives what they printed. */
  async run(...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.client(...words);
    if (status === 0) return stdout;
    throw new Error(`${words.join(' ')} ended with status ${status}:\n${stdout}${stderr}`);
  }

  /** The rows of a list. */
  async list<Row extends object = Record<string, unknown>>(command: string): Promise<readonly Row[]> {
    return JSON.parse(await this.run(`${command} --json`)) as Row[];
  }

  /** Sends a signal, and waits until the process and its output have ended. */
  async kill(signal: NodeJS.Signals): Promise<Pick<Finished, 'status' | 'signal'>> {
    if (!this.ended) this.#child.kill(signal);
    return this.exit();
  }

  /** Waits for the end of the process. */
  async exit(): Promise<Pick<Finished, 'status' | 'signal'>> {
    await poll(() => this.ended, { milliseconds: PATIENCE, what: 'the end of the node' });
    await this.#closed;
    return { status: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** The orderly stop of a service manager. */
  stop(): Promise<Pick<Finished, 'status' | 'signal'>> {
    return this.kill('SIGTERM');
  }

  /** Starts the ended node again on its home, with further environment for this run only. Does not wait until it is ready. */
  launchAgain(env: Readonly<Record<string, string>> = {}): void {
    if (!this.ended) throw new Error('stop or kill the node first');
    this.#child = this.#spawn(env);
  }

  /** Stops the node in order where it runs, and starts it again. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<Ready> {
    if (!this.ended) await this.stop();
    this.launchAgain(env);
    return this.ready();
  }

  /** Ends the process, whatever it does, and removes the home. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ended) await this.kill('SIGKILL');
    await this.#closed;
    if (this.#options.home === undefined) await rm(this.home, { recursive: true, force: true });
  }
}

/** A home as `stave create` makes it, with the given files. */
async function furnish(home: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const folder of ['etc', 'deploy', 'features', 'data'])
    await mkdir(join(home, folder), { recursive: true });
  const etc = join(INSTALLATION, 'etc');
  for (const name of await readdir(etc)) {
    if (/^stave\..*\.cfg$/.test(name)) await cp(join(etc, name), join(home, 'etc', name), { force: false });
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), content);
  }
}

/** Runs the body with a node that is ready; whatever happens, its process ends and its home goes. */
export async function withNode<T>(
  options: NodeOptions,
  body: (node: NodeProcess) => T | Promise<T>,
): Promise<T> {
  const node = await NodeProcess.start(options);
  try {
    return await body(node);
  } catch (error) {
    const said = `${node.output}${node.errors}`.slice(-4000);
    throw said === ''
      ? error
      : new Error(`${(error as Error).message}\nthe node said:\n${said}`, { cause: error });
  } finally {
    await node[Symbol.asyncDispose]();
  }
}

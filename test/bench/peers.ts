import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runProgram } from '../support/node-process.js';

const FOLDER = fileURLToPath(new URL('../../bench/peers', import.meta.url));
const INSTALL = 'install --no-audit --no-fund --no-package-lock --loglevel=error --omit=dev'.split(' ');

/** What Stave is measured beside. It has a package of its own, so that the main install stays free of it. */
export class Peers {
  readonly #problem: string | undefined;
  readonly #resolve = createRequire(join(FOLDER, 'package.json')).resolve;

  private constructor(problem: string | undefined) {
    this.#problem = problem;
  }

  /** Installs the package when it has changed. Without the registry everything in it is missing, which is no failure. */
  static async open(): Promise<Peers> {
    const wanted = readFileSync(join(FOLDER, 'package.json'), 'utf8');
    const stamp = join(FOLDER, 'node_modules', '.stave-peers');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return new Peers(undefined);
    const { status, stderr } = await runProgram('npm', INSTALL, { cwd: FOLDER });
    if (status !== 0) return new Peers(stderr.trim().split('\n')[0] ?? 'npm install failed');
    writeFileSync(stamp, wanted);
    return new Peers(undefined);
  }

  /** Undefined when a package is there, else why it is not. */
  missing(name: string): string | undefined {
    if (existsSync(join(FOLDER, 'node_modules', ...name.split('/')))) return undefined;
    return `not measured: ${this.#problem ?? 'the registry of this machine does not have it'}`;
  }

  /** Path of a script that runs with the peers in reach. */
  script(name: string): string {
    return join(FOLDER, name);
  }

  import(name: string): Promise<unknown> {
    return import(pathToFileURL(this.#resolve(name)).href);
  }
}

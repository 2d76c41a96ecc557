import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BuildOptions, BuildResult, OutputFile } from 'esbuild';

type Esbuild = typeof import('esbuild');
/** What a build gives when nothing is written and the inputs are asked for. */
export type MemoryBuild = BuildResult<{ write: false; metafile: true }> & { outputFiles: OutputFile[] };

/** What esbuild says when its child process was stopped or killed. */
const SERVICE_GONE = /service (was stopped|is no longer running)/;

const require = createRequire(import.meta.url);

let version: string | undefined;

/** The version of the installed esbuild, read without loading it. */
export function esbuildVersion(): string {
  if (version === undefined) {
    const main = require.resolve('esbuild');
    const text = readFileSync(join(dirname(main), '..', 'package.json'), 'utf8');
    version = (JSON.parse(text) as { version: string }).version;
  }
  return version;
}

/** Runs esbuild's child process while there is something to build, and for some time after. */
export class EsbuildService {
  readonly #idleMs: number;
  #module: Esbuild | undefined;
  #active = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** Builds in memory. Rejects with esbuild's BuildFailure, or with the signal's reason. */
  async build(options: BuildOptions, signal: AbortSignal): Promise<MemoryBuild> {
    clearTimeout(this.#idle);
    this.#active += 1;
    try {
      // Loaded at the first build: a boot that compiles nothing does not pay for it. With import() Node would search its text for
      // exports first, which takes six times as long.
      this.#module ??= require('esbuild') as Esbuild;
      const esbuild = this.#module;
      try {
        return await buildOnce(esbuild, options, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof Error && SERVICE_GONE.test(error.message))) throw error;
        // A killed child is not started again by itself.
        await esbuild.stop();
        return await buildOnce(esbuild, options, signal);
      }
    } finally {
      this.#active -= 1;
      if (this.#active === 0) this.#idle = setTimeout(() => void this.stop(), this.#idleMs).unref();
    }
  }

  /** Ends the child process; the next build starts it again. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    if (this.#active === 0) await this.#module?.stop();
  }
}

async function buildOnce(esbuild: Esbuild, options: BuildOptions, signal: AbortSignal): Promise<MemoryBuild> {
  signal.throwIfAborted();
  const context = await esbuild.context({ ...options, write: false, metafile: true, logLevel: 'silent' });
  const cancel = (): void => void context.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const result = await context.rebuild();
    signal.throwIfAborted();
    return result as MemoryBuild;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    await context.dispose();
  }
}

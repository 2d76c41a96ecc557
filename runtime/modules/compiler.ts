import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { sha256 } from '../base/digest.js';
import { BUILDER_VERSION } from './build-options.js';
import { buildChunk } from './chunk-build.js';
import { CompiledCache, type NewModule, type SweptModule } from './compiled-cache.js';
import {
  CHUNK_FILE,
  type CompileCallOptions,
  type CompiledIdentity,
  type CompiledModule,
  type CompileInput,
  type CompileOptions,
  MAP_FILE,
  MAPS_FILE,
  PACK_FILE,
} from './compiled-module.js';
import { EsbuildService, esbuildVersion } from './esbuild-service.js';
import { buildFiles } from './files-build.js';
import type { Declarations } from './import-uses.js';
import { Semaphore } from './semaphore.js';

export interface CompilerOptions {
  /** Where compiled modules are kept, such as `data/cache/chunks`; made when it is not there. */
  readonly cacheFolder: string;
  /** How long esbuild's child process is kept after the last build, in milliseconds; default 20 s. */
  readonly idleMilliseconds?: number;
}

interface Job {
  readonly done: Promise<CompiledModule>;
  readonly controller: AbortController;
  waiters: number;
}

/** Compiles prepared artifacts, several at once, each once. Results are kept on disk by their content. */
export class Compiler {
  readonly #cache: CompiledCache;
  readonly #service: EsbuildService;
  readonly #jobs = new Map<string, Job>();
  readonly #slots = new Semaphore(Math.max(4, availableParallelism() * 2));

  constructor(options: CompilerOptions) {
    this.#cache = new CompiledCache(options.cacheFolder);
    this.#service = new EsbuildService(options.idleMilliseconds ?? 20_000);
  }

  /** The compiled form if it is in the cache and whole, without any work. */
  cached(identity: CompiledIdentity): CompiledModule | undefined {
    return this.#cache.read(keyOf(identity));
  }

  /**
   * The compiled form, from the cache or made now. Rejects with a StaveError that names file and line:
   * `STAVE_COMPILE_FAILED`, `STAVE_IMPORT_UNDECLARED`, `STAVE_TOP_LEVEL_AWAIT`, `STAVE_MODULE_NOT_FOUND`.
   */
  async compile(input: CompileInput, options: CompileCallOptions = {}): Promise<CompiledModule> {
    options.signal?.throwIfAborted();
    const key = keyOf(input);
    const known = this.#jobs.get(key) ?? this.#cache.read(key);
    if (known && 'folder' in known) return known;
    return await this.#wait(known ?? this.#start(key, input, options), key, options.signal);
  }

  #start(key: string, input: CompileInput, options: CompileOptions): Job {
    const controller = new AbortController();
    const done = this.#slots
      .run(() => this.#build(key, input, options, controller.signal), controller.signal)
      .finally(() => {
        if (this.#jobs.get(key) === job) this.#jobs.delete(key);
      });
    const job: Job = { done, controller, waiters: 0 };
    this.#jobs.set(key, job);
    return job;
  }

  async #build(
    key: string,
    input: CompileInput,
    options: CompileOptions,
    signal: AbortSignal,
  ): Promise<CompiledModule> {
    const { manifest, digest } = input;
    const root = await realpath(input.root);
    const declared = declarations(input, options);
    const names = declared.names === '*' ? '*' : [...declared.names];
    if (!isChunk(manifest)) {
      const built = await buildFiles(root, manifest, declared, this.#service, signal);
      const module: NewModule = {
        key,
        digest,
        kind: 'files',
        declared: names,
        imports: built.imports,
        layout: built.layout,
      };
      return this.#cache.write(module, { [PACK_FILE]: built.pack, [MAPS_FILE]: built.maps });
    }
    const built = await buildChunk(root, manifest, declared, this.#service, signal);
    const layout = { kind: 'chunk', entries: built.entries } as const;
    const module: NewModule = { key, digest, kind: 'chunk', declared: names, imports: built.imports, layout };
    return this.#cache.write(module, { [CHUNK_FILE]: built.code, [MAP_FILE]: built.map });
  }

  /** A job goes on as long as anybody waits for it. */
  async #wait(job: Job, key: string, signal: AbortSignal | undefined): Promise<CompiledModule> {
    job.waiters += 1;
    if (!signal) return await job.done;
    let give = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      give = () => {
        job.waiters -= 1;
        if (job.waiters === 0) {
          this.#jobs.delete(key);
          job.controller.abort(signal.reason);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', give, { once: true });
    });
    try {
      return await Promise.race([job.done, aborted]);
    } finally {
      signal.removeEventListener('abort', give);
    }
  }

  /** Removes the compiled forms of all artifacts but those with these digests; call it when nothing is compiled. */
  async sweep(
    keepDigests: ReadonlySet<string>,
    options: { readonly dryRun: boolean },
  ): Promise<readonly SweptModule[]> {
    return await this.#cache.sweep(keepDigests, options);
  }

  /** Aborts what is being compiled and ends esbuild's child process. */
  async close(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    for (const { controller } of jobs) controller.abort();
    await Promise.allSettled(jobs.map(({ done }) => done));
    await this.#service.stop();
  }
}

function isChunk(manifest: CompiledIdentity['manifest']): boolean {
  return manifest.isBundle && manifest.loading === 'chunk';
}

function declarations(input: CompileInput, options: CompileOptions): Declarations {
  const peers = [...(options.peerRanges ?? [])];
  const optional = new Set([
    ...input.manifest.imports.filter((entry) => entry.optional).map(({ name }) => name),
    ...peers.filter(([, peer]) => typeof peer === 'object' && peer.optional).map(([name]) => name),
  ]);
  if (options.everyBareNameIsImport) return { names: '*', optional };
  const names = new Set(
    [...input.manifest.imports.map(({ name }) => name), ...peers.map(([name]) => name)].sort(),
  );
  return { names, optional };
}

/** The digest stands for sources and package.json, and so for all that a manifest and its peers say. */
function keyOf({ digest, manifest }: CompiledIdentity): string {
  const { name, version } = manifest;
  const parts = [BUILDER_VERSION, esbuildVersion(), digest, name, isChunk(manifest)];
  const readable = `${name}-${version}`
    .replace(/[^\w.-]+/g, '.')
    .replace(/^\.+/, '')
    .slice(0, 80);
  return `${readable}-${sha256(JSON.stringify(parts)).slice(0, 24)}`;
}

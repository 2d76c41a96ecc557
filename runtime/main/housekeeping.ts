import type { Disposable, Logger, System } from '@stave/api';
import type { NodeParts } from './node-parts.js';

/** How long the node must be at rest before its stores are tidied, in milliseconds. */
const REST = 2_000;
/** A node that never rests is tidied after so many commits all the same, so that its disk stays bounded. */
const MAX_COMMITS = 100;

/** Takes from store and caches what neither the state nor the last commits name. */
export async function cleanStores(
  {
    artifacts,
    compiler,
    committer,
    provisioner,
    revisions,
  }: Pick<NodeParts, 'artifacts' | 'compiler' | 'committer' | 'provisioner' | 'revisions'>,
  options: { readonly dryRun: boolean },
): ReturnType<System['clean']> {
  return provisioner.tidy(async () => {
    const keep = committer.liveDigests();
    const stored = await artifacts.clean({ keep, ...options });
    const swept = await compiler.sweep(keep, options);
    if (!options.dryRun) {
      // What was gathered for a gesture that was then refused is known there too, though no commit names it.
      revisions.retain(keep);
      await revisions.save();
    }
    return {
      removed: stored.removed,
      bytes: swept.reduce((sum, module) => sum + module.bytes, stored.bytes),
    };
  });
}

/** Tidies, and saves V8's code of what was loaded, each time the node has come to rest after a commit. */
export class Housekeeping implements Disposable {
  readonly #parts: NodeParts;
  readonly #log: Logger;
  readonly #subscription: Disposable;
  #timer: NodeJS.Timeout | undefined;
  #commits = 0;
  #disposed = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#log = parts.log.logger('housekeeping');
    this.#subscription = parts.provisioner.onDidCommit(() => {
      this.#commits += 1;
      this.#later();
    });
    this.#later();
  }

  #later(): void {
    if (this.#disposed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tidy(), this.#commits >= MAX_COMMITS ? 0 : REST);
    this.#timer.unref();
  }

  async #tidy(): Promise<void> {
    this.#commits = 0;
    try {
      const { artifacts, committer, modules, provisioner } = this.#parts;
      await provisioner.tidy(() => committer.settle());
      // A power cut before this costs no more than preparing them again.
      await artifacts.settle([...committer.liveDigests()]);
      await modules.flushCodeCache();
      await cleanStores(this.#parts, { dryRun: false });
    } catch (error) {
      // Tidying that the end of the node cuts short is done after the next start.
      if (!this.#disposed) this.#log.warn('the stores could not be tidied', error);
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#subscription.dispose();
  }
}

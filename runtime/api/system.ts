import type { Disposable } from './disposable.js';
import { serviceToken } from './token.js';

/** A span of the boot, with what happened inside it. */
export interface BootSpan {
  readonly name: string;
  readonly milliseconds: number;
  readonly children: readonly BootSpan[];
}

/** The node as a whole. */
export interface System {
  readonly name: string;
  readonly version: string;
  readonly boot: BootSpan;
  readonly uptimeMilliseconds: number;
  /** Stops the node in order; the promise of `stave run` then ends. */
  shutdown(): void;
  /** Removes what neither the state nor the last three states name from the store. */
  clean(options: {
    readonly dryRun: boolean;
  }): Promise<{ readonly removed: readonly string[]; readonly bytes: number }>;
  /** Bundles that are uninstalled, but still held in memory by somebody. */
  stale(): readonly string[];
  onWillShutdown(listener: () => void): Disposable;
}
export const System = serviceToken<System>('stave.System', 1);

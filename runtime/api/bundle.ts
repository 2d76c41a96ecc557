import type { AbortOptions, Disposable, Event } from './disposable.js';
import type { Logger } from './log.js';
import type { Manifest } from './manifest.js';
import type { Services } from './services.js';
import { serviceToken } from './token.js';

export type BundleState = 'INSTALLED' | 'RESOLVED' | 'STARTING' | 'ACTIVE' | 'STOPPING' | 'UNINSTALLED';

/** The binding of an imported package to the bundle that exports it. */
export interface BundleWire {
  readonly package: string;
  readonly version: string;
  /** Id of the exporting bundle; 0 is the system bundle. */
  readonly provider: number;
}

/** An installed bundle, as it is now. */
export interface Bundle {
  /** Never used twice on one home; 0 is the runtime itself. */
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly location: string;
  /** SHA-256 of the prepared artifact. */
  readonly digest: string;
  readonly state: BundleState;
  readonly startLevel: number;
  /** Whether it is meant to be started; false after `bundle:stop`. */
  readonly autostart: boolean;
  readonly manifest: Manifest;
  readonly wires: readonly BundleWire[];
  /** Why it is not in the state that is wanted: the failure of the last start, or what it waits for. */
  readonly problem: string | undefined;
}

export interface BundleEvent {
  readonly type:
    | 'installed'
    | 'resolved'
    | 'starting'
    | 'started'
    | 'stopping'
    | 'stopped'
    | 'updated'
    | 'unresolved'
    | 'uninstalled';
  readonly bundle: Bundle;
}

export interface BundleTracker {
  added?(bundle: Bundle): void;
  removed?(bundle: Bundle): void;
}

/** What the runtime hands to an activator. Everything done through it is undone, last first, when the bundle stops. */
export interface BundleContext {
  readonly bundle: Bundle;
  /** Aborted when the bundle begins to stop. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly services: Services;
  /** Folder for this bundle's own files, made at first use; kept across updates, removed at uninstall. */
  readonly dataFolder: string;
  /**
   * Performs a side effect of the author's own, at once; what it returns undoes it when the bundle stops, or when the result is
   * disposed: `context.effect(() => { server.listen(0); return () => server.close(); })`.
   */
  effect(perform: () => () => void | Promise<void>): Disposable;
  /** Absolute path of a file of the bundle; throws `STAVE_PATH_ESCAPE` for one outside it. */
  resource(path: string): string;
  /** Told of every bundle that is ACTIVE, those that already are included. */
  trackBundles(tracker: BundleTracker): Disposable;
}

/** The default export of the module named by `stave.activator`: an object, or a class to be made without arguments. */
export interface BundleActivator {
  start(context: BundleContext, options: Required<AbortOptions>): void | Promise<void>;
  stop?(options: Required<AbortOptions>): void | Promise<void>;
}

/** The installed bundles. To install, update or remove one, see Claims. */
export interface Bundles {
  list(): readonly Bundle[];
  /** By id, by name (the highest version of it), or `name@version`. */
  get(key: number | string): Bundle | undefined;
  /** Packages that bundles export now. */
  exports(): readonly ExportedPackage[];
  readonly startLevel: number;
  readonly onDidChange: Event<BundleEvent>;
}
export const Bundles = serviceToken<Bundles>('stave.Bundles', 1);

export interface ExportedPackage {
  readonly name: string;
  readonly version: string;
  readonly bundle: number;
  /** Ids of the bundles that are wired to it. */
  readonly users: readonly number[];
}

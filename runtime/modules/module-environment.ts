import type { Track } from './timer-facades.js';

/** What one bundle's code sees of the world; given by the framework. */
export interface ModuleEnvironment {
  readonly bundle: { readonly id: number; readonly name: string; readonly version: string };
  /** Folder of the prepared artifact; stable, since native addons are loaded from it. */
  readonly root: string;
  /** The exports of a wired package's subpath (`.` or `./x`); throws a StaveError when the package is not wired. */
  require(packageName: string, subpath: string): unknown;
  /** Called for each timer and process listener; disposing the result forgets it. */
  readonly track: Track;
  /** Default: the console of the process. */
  readonly console?: Console;
  /** Limit for the evaluation of each export; 0 for none. */
  readonly evaluationTimeoutMs: number;
  /** Default: nothing is proven. */
  readonly proven?: ProvenExports;
}

/**
 * Exports of this very revision that were evaluated to their end before. They are evaluated without the limit, which costs a thread
 * each time: more than all the rest of a start.
 */
export interface ProvenExports {
  has(key: string): boolean;
  add(key: string): void;
}

/** The code of one bundle, evaluated piece by piece when it is asked for. */
export interface LoadedModule {
  /**
   * The exports of a package that the bundle exports; the same object each time. Throws `STAVE_MODULE_NOT_EXPORTED`,
   * `STAVE_EVALUATION_FAILED`, `STAVE_EVALUATION_TIMEOUT`; once it failed it keeps failing in the same way.
   * @param subpath `.` or `./x`
   */
  exportOf(name: string, subpath: string): unknown;
  /** Exports of the module with the activator; undefined when the manifest names none. */
  activator(): unknown;
  /** Exports of the module with the components; undefined when the manifest names none. */
  components(): unknown;
  /** Drops all code, so that it can be collected. Timers and listeners are undone by who tracks them. */
  dispose(): void;
}

/** Packages of the system bundle: the exports of a subpath, or undefined when there is none. */
export type SystemPackages = (name: string, subpath: string) => unknown;

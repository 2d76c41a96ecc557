import type { BundleContext, Logger, Manifest } from '@stave/api';

/** A prepared and compiled bundle, ready to be loaded. */
export interface Revision<Compiled = unknown> {
  /** SHA-256 of the prepared artifact. */
  readonly digest: string;
  /** Folder with the files of the bundle. */
  readonly root: string;
  /** With the imports that were found in the sources filled in. */
  readonly manifest: Manifest;
  readonly compiled: Compiled;
}

/** A module graph of one bundle in memory. */
export interface LoadedModule {
  exportOf(packageName: string, subpath: string): unknown;
  activator(): unknown;
  components(): unknown;
  dispose(): void;
}

export interface ModuleEnvironment {
  readonly bundle: { readonly id: number; readonly name: string; readonly version: string };
  readonly root: string;
  readonly evaluationTimeoutMs: number;
  readonly proven: { has(key: string): boolean; add(key: string): void };
  require(packageName: string, subpath: string): unknown;
  /** Remembers the inverse of something that the code took, such as a timer; disposing the result forgets it. */
  track(undo: () => void): { dispose(): void };
}

export interface ModuleHost<Compiled = unknown> {
  load(compiled: Compiled, environment: ModuleEnvironment): LoadedModule;
}

/** The components of one started bundle. */
export interface ComponentSet {
  /** Resolves when every instance is active, waiting or failed. */
  settled(): Promise<void>;
  dispose(): Promise<void>;
}

/** Runs the components that a bundle declares. */
export interface ComponentHost {
  add(
    context: BundleContext,
    exports: Readonly<Record<string, unknown>>,
    options: {
      readonly signal: AbortSignal;
      /** Runs code on behalf of the bundle. */
      readonly run: <T>(code: () => T) => T;
    },
  ): Promise<ComponentSet>;
}

/** Packages of the system bundle: `@stave/api`, `inversify`, `reflect-metadata`. */
export interface SystemPackages {
  readonly versions: Readonly<Record<string, string>>;
  /** Loads one, so that `get` can answer at once. */
  prepare(name: string): Promise<void>;
  get(name: string, subpath: string): unknown;
}

/** What ran to its end before: exports of revisions by their keys, and under `start` their starts. It runs without the limit against endless loops. */
export interface ProvenCode {
  has(digest: string, key: string): boolean;
  add(digest: string, key: string): void;
}

/** Limits of a bundle's life, in milliseconds. */
export interface LifeLimits {
  readonly evaluation: number;
  readonly start: number;
  readonly stop: number;
}

export interface FrameworkOptions<Compiled> {
  readonly modules: ModuleHost<Compiled>;
  readonly components: ComponentHost;
  readonly system: SystemPackages;
  /** Version of the runtime; that of the system bundle. */
  readonly version: string;
  readonly limits: () => LifeLimits;
  readonly proven: ProvenCode;
  readonly logger: (name: string) => Logger;
  /** Folder below which each bundle has its own, named by its id. */
  readonly bundlesFolder: string;
}

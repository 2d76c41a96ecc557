import type { JsonObject } from './disposable.js';

/** What a bundle needs of another: a package by name, or a generic capability. */
export interface ImportedPackage {
  readonly name: string;
  /** npm range or OSGi interval; `*` is any version. */
  readonly range: string;
  readonly optional: boolean;
}

export interface ExportedPackageDeclaration {
  readonly name: string;
  readonly version: string;
  /** Packages that the exported one exposes in its public types. */
  readonly uses: readonly string[];
}

export interface GenericCapability {
  readonly namespace: string;
  readonly attributes: JsonObject;
}

export interface GenericRequirement {
  readonly namespace: string;
  /** LDAP filter over the attributes; none matches any capability of the namespace. */
  readonly filter: string | undefined;
  readonly optional: boolean;
  /** `active` requirements are checked, but never hold up resolving. */
  readonly effective: 'resolve' | 'active';
}

/** The checked and completed content of a bundle's package.json. Plain data: it can be stored and compared. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  /** False for a library: a package without the key `stave`. */
  readonly isBundle: boolean;
  /** Path of the module with the activator, relative to the bundle. */
  readonly activator: string | undefined;
  /** Path of the module whose exports include the components. */
  readonly components: string | undefined;
  readonly imports: readonly ImportedPackage[];
  readonly exports: readonly ExportedPackageDeclaration[];
  readonly provides: readonly GenericCapability[];
  readonly requires: readonly GenericRequirement[];
  /** PID to the path of its JSON schema, relative to the bundle. */
  readonly config: Readonly<Record<string, string>>;
  readonly startLevel: number | undefined;
  readonly singleton: boolean;
  readonly isolation: 'none' | 'worker';
  /** The range of @stave/api that the bundle was written for. */
  readonly engine: string | undefined;
  /** `chunk`: compiled to one function; `files`: loaded file by file. */
  readonly loading: 'chunk' | 'files';
}

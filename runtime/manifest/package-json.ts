import type { JsonObject } from '@stave/api';

/** A package.json whose name, version and key `stave` have been checked; the rest is as its author left it. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly description?: unknown;
  readonly exports?: unknown;
  readonly engines?: unknown;
  readonly peerDependencies?: unknown;
  readonly peerDependenciesMeta?: unknown;
  readonly devDependencies?: unknown;
  readonly stave?: StaveKey;
}

/** The key `stave` as users write it. */
export interface StaveKey {
  readonly activator?: string;
  readonly components?: string;
  readonly imports?: Readonly<
    Record<string, string | { readonly range?: string; readonly optional?: boolean }>
  >;
  readonly exports?: readonly (string | { readonly name: string; readonly uses?: readonly string[] })[];
  readonly provides?: readonly { readonly namespace: string; readonly attributes?: JsonObject }[];
  readonly requires?: readonly {
    readonly namespace: string;
    readonly filter?: string;
    readonly optional?: boolean;
    readonly effective?: 'resolve' | 'active';
  }[];
  readonly config?: Readonly<Record<string, string>>;
  readonly startLevel?: number;
  readonly singleton?: boolean;
  readonly isolation?: 'none' | 'worker';
  readonly loading?: 'chunk' | 'files';
}

/** The own entries of a field, when it is an object. */
export function entriesOf(field: unknown): readonly (readonly [string, unknown])[] {
  return typeof field === 'object' && field !== null && !Array.isArray(field) ? Object.entries(field) : [];
}

/** A field of something that may not even be an object. */
export function fieldOf(value: unknown, name: string): unknown {
  return entriesOf(value).find(([key]) => key === name)?.[1];
}

import type { BundleContext } from './bundle.js';
import type { JsonObject } from './disposable.js';
import type { ServiceProperties, ServiceReference } from './services.js';
import { type ServiceToken, serviceToken } from './token.js';

export type Cardinality = '0..1' | '1..1' | '0..n' | '1..n';
export type ReferencePolicy = 'static' | 'dynamic';
export type ReferenceOption = 'reluctant' | 'greedy';

export interface ReferenceOptions {
  /** Default `1..1`. With `..n` the value is an array, best first. */
  readonly cardinality?: Cardinality;
  /** `static` (default): the component is made anew when a bound service changes. `dynamic`: the field is set anew. */
  readonly policy?: ReferencePolicy;
  /** `reluctant` (default): a bound service is kept although a better one comes. */
  readonly option?: ReferenceOption;
  /** LDAP filter that bound services must match. */
  readonly target?: string;
}

/** A reference as the runtime reads it: a constructor parameter by position, or a field by name. */
export interface ReferenceDeclaration extends Required<Omit<ReferenceOptions, 'target'>> {
  readonly token: ServiceToken<unknown>;
  readonly target: string | undefined;
  readonly site:
    | { readonly kind: 'parameter'; readonly index: number }
    | { readonly kind: 'field'; readonly name: string | symbol };
}

export interface ComponentOptions {
  /** Default: the name of the class. Unique in its bundle. */
  readonly name?: string;
  /** Tokens under which an active instance is registered. */
  readonly provides?: readonly ServiceToken<unknown>[];
  /** Properties of that service; those of the configuration are added, save names beginning with a dot. */
  readonly properties?: ServiceProperties;
  /** PID of its configuration; with instances of a factory (`PID~name`) there is one component instance for each. */
  readonly configuration?: string;
  /** `optional` (default): active without configuration too. `require`: only with one. */
  readonly configurationPolicy?: 'optional' | 'require' | 'ignore';
}

/** A component as the runtime reads it. */
export interface ComponentDeclaration {
  readonly name: string;
  readonly provides: readonly ServiceToken<unknown>[];
  readonly properties: ServiceProperties;
  readonly configuration: string | undefined;
  readonly configurationPolicy: 'optional' | 'require' | 'ignore';
  readonly references: readonly ReferenceDeclaration[];
  /** Constructor parameter that receives the ComponentContext. */
  readonly contextParameter: number | undefined;
  readonly activate: string | symbol | undefined;
  readonly modified: string | symbol | undefined;
  readonly deactivate: string | symbol | undefined;
}

/** What the methods marked `@activate`, `@modified` and `@deactivate` receive. */
export interface ComponentContext {
  readonly bundle: BundleContext;
  readonly name: string;
  /** PID of the instance's configuration. */
  readonly pid: string | undefined;
  /** The configuration, typed by its schema; empty without one. */
  readonly properties: JsonObject;
  /** Aborted when the instance is to be deactivated. */
  readonly signal: AbortSignal;
}

export type ComponentInstanceState =
  | { readonly kind: 'waiting'; readonly for: readonly string[] }
  | { readonly kind: 'activating' | 'active' | 'deactivating' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ComponentInstanceInfo {
  readonly pid: string | undefined;
  readonly state: ComponentInstanceState;
}

export interface ComponentInfo {
  readonly name: string;
  readonly bundle: { readonly id: number; readonly name: string };
  readonly declaration: ComponentDeclaration;
  readonly instances: readonly ComponentInstanceInfo[];
  readonly references: readonly { readonly token: string; readonly bound: readonly ServiceReference[] }[];
}

/** The declared components of all started bundles. */
export interface Components {
  list(): readonly ComponentInfo[];
}
export const Components = serviceToken<Components>('stave.Components', 1);

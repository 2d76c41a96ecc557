import type { AbortOptions, Disposable, Event } from './disposable.js';
import type { ServiceToken } from './token.js';

/** Values that LDAP filters can compare; lists match when any element does. Names are compared without case. */
export type ServiceProperties = Readonly<Record<string, unknown>>;

/** A registered service as others see it. Ordered by `service.ranking` (higher first), bundle id, registration order. */
export interface ServiceReference<T = unknown> {
  /** Unique in this run of the node, growing. */
  readonly id: number;
  readonly tokens: readonly ServiceToken<unknown>[];
  /** The author's properties and `service.id`, `service.bundleid`, `objectClass` (token keys). Replaced, never changed. */
  readonly properties: ServiceProperties;
  readonly ranking: number;
  readonly bundleId: number;
  readonly bundleName: string;
  /** Carries the type only; never set. */
  readonly contract?: T;
}

export interface ServiceRegistration<T = unknown> {
  readonly reference: ServiceReference<T>;
  setProperties(properties: ServiceProperties): void;
  /**
   * The service leaves all lookups at once; the promise resolves when its static users are deactivated, at the latest after
   * the stop limit. Only then may the provider give up what the service needs. Calling it twice is no error.
   */
  unregister(): Promise<void>;
}

/** Makes one object for each bundle that asks. */
export interface ServiceFactory<T> {
  getService(bundle: { readonly id: number; readonly name: string }): T;
  ungetService?(bundle: { readonly id: number; readonly name: string }, service: T): void;
}

export type ServiceEvent =
  | { readonly type: 'registered'; readonly reference: ServiceReference }
  | { readonly type: 'modified'; readonly reference: ServiceReference; readonly previous: ServiceProperties }
  | {
      readonly type: 'unregistering';
      readonly reference: ServiceReference;
      /** The registration's `unregister()` waits for the promise. */
      waitUntil(work: Promise<void>): void;
    };

export interface ServiceQuery {
  /** LDAP filter over the properties, such as `(&(type=json)(!(draft=true)))`. */
  readonly filter?: string;
}

/** Told of every matching service, those that are there at opening included. */
export interface ServiceTracker<T> {
  added?(service: T, reference: ServiceReference<T>): void;
  modified?(service: T, reference: ServiceReference<T>): void;
  removed?(service: T, reference: ServiceReference<T>): void;
}

/** The registry of services as one bundle sees it. */
export interface Services {
  register<T>(
    token: ServiceToken<T> | readonly ServiceToken<unknown>[],
    service: T | (() => ServiceFactory<T>),
    properties?: ServiceProperties,
  ): ServiceRegistration<T>;
  /** The best service, or undefined. Throws `STAVE_SERVICE_MAJOR` when only another major version is offered. */
  get<T>(token: ServiceToken<T>, query?: ServiceQuery): T | undefined;
  /** All matching services, best first. */
  all<T>(token: ServiceToken<T>, query?: ServiceQuery): readonly T[];
  reference<T>(token: ServiceToken<T>, query?: ServiceQuery): ServiceReference<T> | undefined;
  references<T>(token?: ServiceToken<T>, query?: ServiceQuery): readonly ServiceReference<T>[];
  /** The object behind a reference; undefined once it is unregistered. */
  resolve<T>(reference: ServiceReference<T>): T | undefined;
  track<T>(token: ServiceToken<T>, tracker: ServiceTracker<T>, query?: ServiceQuery): Disposable;
  /** Resolves with the best service as soon as there is one. */
  whenAvailable<T>(token: ServiceToken<T>, options?: ServiceQuery & AbortOptions): Promise<T>;
  readonly onDidChange: Event<ServiceEvent>;
}

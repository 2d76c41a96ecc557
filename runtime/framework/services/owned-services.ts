import type {
  AbortOptions,
  Disposable,
  Event,
  Logger,
  ServiceEvent,
  ServiceFactory,
  ServiceProperties,
  ServiceQuery,
  ServiceReference,
  ServiceRegistration,
  Services,
  ServiceToken,
  ServiceTracker,
} from '@stave/api';
import { StaveError } from '@stave/api';
import { toDisposable } from '../../base/disposable-store.js';
import { compileFilter } from '../../base/filter.js';
import type { FactoryObjects } from './factory-objects.js';
import type { ServiceEntry, ServiceOwner } from './service-entry.js';
import type { ServiceRegistry } from './service-registry.js';
import { ServiceTracking } from './service-tracking.js';

/** What the registry asks of the context that the services belong to. */
export interface ServiceHooks {
  /** Runs code of the bundle: its listeners, trackers and factories. */
  readonly run?: <T>(code: () => T) => T;
  /**
   * Told of everything that is taken, so that the context can undo all kinds of things in one order, last first.
   * Disposing the result forgets it. Without this, `close()` undoes what was taken here.
   */
  readonly taken?: (undo: () => void | Promise<void>) => Disposable;
}

/** The registry as one bundle sees it. Everything taken through it goes with `close()`; later calls throw `STAVE_CONTEXT_INVALID`. */
export class OwnedServices implements Services, Disposable {
  readonly #registry: ServiceRegistry;
  readonly #owner: ServiceOwner;
  readonly #log: Pick<Logger, 'error'>;
  readonly #run: <T>(code: () => T) => T;
  readonly #taken: NonNullable<ServiceHooks['taken']>;
  readonly #undos = new Set<{ readonly undo: () => void | Promise<void> }>();
  readonly #factories = new Set<FactoryObjects>();
  readonly #waits = new Set<(error: StaveError) => void>();
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closing: Promise<void> | undefined;

  constructor(
    registry: ServiceRegistry,
    owner: ServiceOwner,
    log: Pick<Logger, 'error'>,
    hooks: ServiceHooks,
  ) {
    this.#registry = registry;
    this.#owner = owner;
    this.#log = log;
    this.#run = hooks.run ?? ((code) => code());
    this.#taken = hooks.taken ?? ((undo) => this.#keep(undo));
  }

  register<T>(
    token: ServiceToken<T> | readonly ServiceToken<unknown>[],
    service: T | (() => ServiceFactory<T>),
    properties?: ServiceProperties,
  ): ServiceRegistration<T> {
    this.#checkOpen();
    const registration = this.#registry.register(this.#owner, token, this.#attributed(service), properties);
    const taken = this.#taken(() => registration.unregister());
    return {
      reference: registration.reference,
      setProperties: (next) => registration.setProperties(next),
      unregister: () => {
        taken.dispose();
        return registration.unregister();
      },
    };
  }

  get<T>(token: ServiceToken<T>, query?: ServiceQuery): T | undefined {
    if (this.#state === 'closed') this.#refuse();
    const entries = this.#registry.entries(token.key, query?.filter);
    const first = entries[0];
    if (first === undefined) return this.#missing(token, query);
    if (first.offer.kind === 'object') return first.offer.service as T;
    return this.#firstObject(entries) as T | undefined;
  }

  all<T>(token: ServiceToken<T>, query?: ServiceQuery): readonly T[] {
    this.#checkUsable();
    const services = [...this.#registry.entries(token.key, query?.filter)].map((entry) =>
      this.#object(entry),
    );
    return services.filter((service) => service !== undefined) as T[];
  }

  reference<T>(token: ServiceToken<T>, query?: ServiceQuery): ServiceReference<T> | undefined {
    this.#checkUsable();
    const first = this.#registry.entries(token.key, query?.filter)[0];
    if (first === undefined) return this.#missing(token, query);
    return first.reference as ServiceReference as ServiceReference<T>;
  }

  references<T>(token?: ServiceToken<T>, query?: ServiceQuery): readonly ServiceReference<T>[] {
    this.#checkUsable();
    const entries =
      token === undefined
        ? this.#registry.allEntries(query?.filter)
        : this.#registry.entries(token.key, query?.filter);
    return entries.map((entry) => entry.reference as ServiceReference as ServiceReference<T>);
  }

  resolve<T>(reference: ServiceReference<T>): T | undefined {
    this.#checkUsable();
    const entry = this.#registry.entryOf(reference);
    return entry && (this.#object(entry) as T | undefined);
  }

  track<T>(token: ServiceToken<T>, tracker: ServiceTracker<T>, query: ServiceQuery = {}): Disposable {
    this.#checkOpen();
    const { filter } = query;
    const matches = filter === undefined ? () => true : compileFilter(filter);
    const tracking = new ServiceTracking<T>(
      {
        references: () => this.references(token, query),
        matches: (reference) =>
          this.#registry.entryOf(reference) !== undefined && matches(reference.properties),
        resolve: (reference) => this.resolve(reference),
        call: (callback) => this.#guard(`a tracker of ${token.key}`, callback),
      },
      tracker,
    );
    const subscription = this.#registry.listen(token.key, (event) =>
      tracking.look(event.reference as ServiceReference<T>, event.type === 'modified'),
    );
    const tracked = this.#take(() => {
      subscription.dispose();
      tracking.close();
    });
    tracking.open();
    return tracked;
  }

  whenAvailable<T>(token: ServiceToken<T>, options: ServiceQuery & AbortOptions = {}): Promise<T> {
    const { signal, filter } = options;
    return new Promise<T>((resolve, reject) => {
      this.#checkOpen();
      signal?.throwIfAborted();
      const look = (): T | undefined =>
        this.#firstObject(this.#registry.entries(token.key, filter)) as T | undefined;
      const present = look();
      if (present !== undefined) {
        resolve(present);
        return;
      }
      const finish = (): void => {
        subscription.dispose();
        signal?.removeEventListener('abort', onAbort);
        this.#waits.delete(onClose);
      };
      const onAbort = (): void => {
        finish();
        reject(signal?.reason);
      };
      const onClose = (error: StaveError): void => {
        finish();
        reject(error);
      };
      const subscription = this.#registry.listen(token.key, () => {
        const service = look();
        if (service === undefined) return;
        finish();
        resolve(service);
      });
      signal?.addEventListener('abort', onAbort);
      this.#waits.add(onClose);
    });
  }

  readonly onDidChange: Event<ServiceEvent> = (listener) => {
    this.#checkOpen();
    const subscription = this.#registry.onDidChange((event) =>
      this.#guard('a listener to services', () => listener(event)),
    );
    return this.#take(() => subscription.dispose());
  };

  /** Gives back everything, last first; resolves when the users of its services have let go of them, or at the limit. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  dispose(): void {
    void this.close();
  }

  async #close(): Promise<void> {
    this.#state = 'closing';
    const work: (void | Promise<void>)[] = [];
    for (const { undo } of [...this.#undos].reverse()) work.push(undo());
    this.#undos.clear();
    // What a call that was cut short by a time limit has left behind.
    work.push(this.#registry.unregisterAllOf(this.#owner));
    const invalid = this.#invalid();
    for (const end of [...this.#waits]) end(invalid);
    await Promise.all(work);
    this.#state = 'closed';
    for (const objects of this.#factories) objects.release(this.#owner.id);
    this.#factories.clear();
  }

  #keep(undo: () => void | Promise<void>): Disposable {
    const item = { undo };
    this.#undos.add(item);
    return toDisposable(() => void this.#undos.delete(item));
  }

  /** A taking whose undo runs once: by the author, or at the end. */
  #take(undo: () => void): Disposable {
    const once = toDisposable(undo);
    const taken = this.#taken(() => once.dispose());
    return toDisposable(() => {
      taken.dispose();
      once.dispose();
    });
  }

  #object(entry: ServiceEntry): unknown {
    if (entry.offer.kind === 'object') return entry.offer.service;
    this.#factories.add(entry.offer.objects);
    return entry.offer.objects.get(this.#owner);
  }

  #firstObject(entries: readonly ServiceEntry[]): unknown {
    for (const entry of [...entries]) {
      const service = this.#object(entry);
      if (service !== undefined) return service;
    }
    return undefined;
  }

  #missing(token: ServiceToken<unknown>, query: ServiceQuery | undefined): undefined {
    if (query?.filter !== undefined && this.#registry.entries(token.key, undefined).length > 0)
      return undefined;
    const offered = this.#registry.otherMajors(token);
    if (offered.length === 0) return undefined;
    throw new StaveError(
      'STAVE_SERVICE_MAJOR',
      `${token.key} is not offered, only ${offered.join(' and ')}`,
      {
        where: this.#owner.name,
        details: { token: token.key, offered },
      },
    );
  }

  #attributed<T>(service: T | (() => ServiceFactory<T>)): T | (() => ServiceFactory<T>) {
    if (typeof service !== 'function') return service;
    return () => {
      const factory = this.#run(service as () => ServiceFactory<T>);
      if (typeof factory?.getService !== 'function') return factory;
      return {
        getService: (bundle) => this.#run(() => factory.getService(bundle)),
        ungetService: (bundle, object) => this.#run(() => factory.ungetService?.(bundle, object)),
      };
    };
  }

  #guard(what: string, callback: () => void): void {
    try {
      this.#run(callback);
    } catch (error) {
      this.#log.error(`${what} of ${this.#owner.name} failed`, error);
    }
  }

  #checkOpen(): void {
    if (this.#state !== 'open') this.#refuse();
  }

  /** While it closes, what is being let go of may still be used. */
  #checkUsable(): void {
    if (this.#state === 'closed') this.#refuse();
  }

  #refuse(): never {
    throw this.#invalid();
  }

  #invalid(): StaveError {
    return new StaveError('STAVE_CONTEXT_INVALID', `the services of ${this.#owner.name} are closed`, {
      details: { bundle: this.#owner.name, id: this.#owner.id },
    });
  }
}

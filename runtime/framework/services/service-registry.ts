import type {
  Disposable,
  Event,
  Logger,
  ServiceEvent,
  ServiceFactory,
  ServiceProperties,
  ServiceReference,
  ServiceRegistration,
  ServiceToken,
} from '@stave/api';
import { StaveError } from '@stave/api';
import { Emitter } from '../../base/emitter.js';
import { compileFilter } from '../../base/filter.js';
import { FactoryObjects } from './factory-objects.js';
import { OwnedServices, type ServiceHooks } from './owned-services.js';
import { compareEntries, EntryReference, type ServiceEntry, type ServiceOwner } from './service-entry.js';
import { ServiceListeners } from './service-listeners.js';
import { completeProperties } from './service-properties.js';
import { settleWithin } from './settle-within.js';
import { TokenList } from './token-list.js';

export interface ServiceRegistryOptions {
  readonly log: Pick<Logger, 'error' | 'warn'>;
  /** How long `unregister()` waits for the users of a service, in milliseconds; default 30 s. */
  readonly unregisterLimit?: () => number;
}

const NOBODY: readonly ServiceEntry[] = [];

/** All services of the node. Bundles see it through `servicesFor`. */
export class ServiceRegistry {
  readonly #log: ServiceRegistryOptions['log'];
  readonly #limit: () => number;
  /** By registration: holds whatever else is torn by a bundle that is stopped in the middle of a call. */
  readonly #entries = new Map<number, ServiceEntry>();
  readonly #lists = new Map<string, TokenList>();
  /** Lists of one contract name, one for each major version. */
  readonly #majors = new Map<string, TokenList[]>();
  readonly #listeners = new Map<string, ServiceListeners>();
  readonly #changes: Emitter<ServiceEvent>;
  readonly #onListenerError = (error: unknown): void =>
    this.#log.error('a listener to services failed', error);
  #lastId = 0;

  constructor(options: ServiceRegistryOptions) {
    this.#log = options.log;
    this.#limit = options.unregisterLimit ?? (() => 30_000);
    this.#changes = new Emitter(this.#onListenerError);
  }

  /** Told of every event, after those who listen to its tokens. */
  get onDidChange(): Event<ServiceEvent> {
    return this.#changes.event;
  }

  /** The registry as one bundle sees it, to be closed when the bundle stops. */
  servicesFor(owner: ServiceOwner, hooks: ServiceHooks = {}): OwnedServices {
    return new OwnedServices(this, owner, this.#log, hooks);
  }

  /**
   * Offers a service, or a factory of services, under its tokens.
   * Throws `STAVE_SERVICE_INVALID` for no token, no object, and property names that differ only in case.
   */
  register<T>(
    owner: ServiceOwner,
    tokens: ServiceToken<T> | readonly ServiceToken<unknown>[],
    service: T | (() => ServiceFactory<T>),
    properties: ServiceProperties = {},
  ): ServiceRegistration<T> {
    const list = uniqueTokens(tokens);
    this.#lastId += 1;
    const id = this.#lastId;
    const reference = new EntryReference(id, owner, list, completeProperties(properties, id, owner, list));
    const entry: ServiceEntry = {
      reference,
      owner,
      offer: this.#offer(owner, list, service),
      gone: undefined,
    };
    this.#entries.set(id, entry);
    for (const token of list) this.#listOf(token).insert(entry);
    this.#fire({ type: 'registered', reference });
    return {
      reference: reference as ServiceReference as ServiceReference<T>,
      setProperties: (next) => this.#setProperties(entry, next),
      unregister: () => this.#unregister(entry),
    };
  }

  /** Unregisters all that a bundle still offers, last first. */
  async unregisterAllOf(owner: ServiceOwner): Promise<void> {
    const left = [...this.#entries.values()].filter((entry) => entry.owner.id === owner.id);
    // Not by #unregister: a call that was cut short may have marked an entry as gone and left it in the lists.
    for (const entry of left.reverse()) entry.gone = this.#withdraw(entry);
    await Promise.all(left.map((entry) => entry.gone));
  }

  /** Entries of a token, best first; the live list, not to be kept. Throws `STAVE_FILTER_INVALID`. */
  entries(key: string, filter: string | undefined): readonly ServiceEntry[] {
    const list = this.#lists.get(key);
    if (filter === undefined) return list === undefined ? NOBODY : list.entries;
    if (list !== undefined) return list.matching(filter);
    compileFilter(filter);
    return NOBODY;
  }

  /** Every entry, best first. */
  allEntries(filter: string | undefined): readonly ServiceEntry[] {
    const matches = filter === undefined ? () => true : compileFilter(filter);
    return [...this.#entries.values()]
      .filter((entry) => matches(entry.reference.properties))
      .sort(compareEntries);
  }

  /** The entry of a reference while it is registered. */
  entryOf(reference: ServiceReference): ServiceEntry | undefined {
    const entry = this.#entries.get(reference.id);
    return entry?.reference === reference ? entry : undefined;
  }

  /** Keys under which the contract is offered in other major versions. */
  otherMajors(token: ServiceToken<unknown>): readonly string[] {
    return (this.#majors.get(token.name) ?? [])
      .filter((list) => list.major !== token.major)
      .map((list) => `${list.name}@${list.major}`)
      .sort();
  }

  /** Events of the services under one token. */
  listen(key: string, listener: (event: ServiceEvent) => void): Disposable {
    const listeners = this.#listeners.get(key) ?? new ServiceListeners(this.#onListenerError);
    this.#listeners.set(key, listeners);
    const subscription = listeners.add(listener);
    return {
      dispose: () => {
        subscription.dispose();
        if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
      },
    };
  }

  #setProperties(entry: ServiceEntry, properties: ServiceProperties): void {
    const { reference } = entry;
    if (entry.gone) {
      throw new StaveError('STAVE_SERVICE_GONE', 'a service that is unregistered has no properties to set', {
        where: `service ${reference.id} of ${entry.owner.name}`,
        remedy: 'register it again',
      });
    }
    const next = completeProperties(properties, reference.id, entry.owner, reference.tokens);
    const previous = reference.properties;
    for (const token of reference.tokens) this.#lists.get(token.key)?.remove(entry);
    EntryReference.replaceProperties(reference, next);
    for (const token of reference.tokens) this.#listOf(token).insert(entry);
    this.#fire({ type: 'modified', reference, previous });
  }

  #unregister(entry: ServiceEntry): Promise<void> {
    entry.gone ??= this.#withdraw(entry);
    return entry.gone;
  }

  #withdraw(entry: ServiceEntry): Promise<void> {
    const { reference } = entry;
    // Listeners that ask again already find it gone.
    entry.gone = Promise.resolve();
    for (const token of reference.tokens) this.#removeFrom(token, entry);
    this.#entries.delete(reference.id);
    const work: Promise<void>[] = [];
    this.#fire({ type: 'unregistering', reference, waitUntil: (promise) => void work.push(promise) });
    return this.#release(entry, work);
  }

  async #release(entry: ServiceEntry, work: readonly Promise<void>[]): Promise<void> {
    if (work.length > 0) await this.#waitForUsers(entry, work);
    if (entry.offer.kind === 'factory') entry.offer.objects.releaseAll();
  }

  async #waitForUsers(entry: ServiceEntry, work: readonly Promise<void>[]): Promise<void> {
    const { reference, owner } = entry;
    const name = `service ${reference.tokens.map((token) => token.key).join(', ')} of ${owner.name}`;
    const limit = this.#limit();
    const outcome = await settleWithin(work, limit);
    if (outcome === 'timeout') {
      this.#log.warn(`${name} goes although some users have not let go of it within ${limit} ms`);
      return;
    }
    for (const error of outcome) this.#log.error(`a user of ${name} failed to let go of it`, error);
  }

  #offer(
    owner: ServiceOwner,
    tokens: readonly ServiceToken<unknown>[],
    service: unknown,
  ): ServiceEntry['offer'] {
    const name = `service ${tokens.map((token) => token.key).join(', ')} of ${owner.name}`;
    if (service === undefined || service === null) {
      throw new StaveError('STAVE_SERVICE_INVALID', 'there is no object to register', { where: name });
    }
    if (typeof service !== 'function') return { kind: 'object', service };
    const factory: Partial<ServiceFactory<unknown>> | undefined = service();
    if (typeof factory?.getService !== 'function') {
      throw new StaveError('STAVE_SERVICE_INVALID', 'a function must return a factory with getService()', {
        where: name,
        remedy: 'return one, or register an object that has the function as a method',
      });
    }
    const onError = (error: unknown, sentence: string): void =>
      this.#log.error(`${name}: ${sentence}`, error);
    return { kind: 'factory', objects: new FactoryObjects(factory as ServiceFactory<unknown>, onError) };
  }

  #listOf(token: ServiceToken<unknown>): TokenList {
    const known = this.#lists.get(token.key);
    if (known) return known;
    const list = new TokenList(token.name, token.major);
    this.#lists.set(token.key, list);
    this.#majors.set(token.name, [...(this.#majors.get(token.name) ?? []), list]);
    return list;
  }

  #removeFrom(token: ServiceToken<unknown>, entry: ServiceEntry): void {
    const list = this.#lists.get(token.key);
    if (!list) return;
    list.remove(entry);
    if (list.entries.length > 0) return;
    this.#lists.delete(token.key);
    const others = (this.#majors.get(token.name) ?? []).filter((other) => other !== list);
    if (others.length > 0) this.#majors.set(token.name, others);
    else this.#majors.delete(token.name);
  }

  #fire(event: ServiceEvent): void {
    for (const token of event.reference.tokens) this.#listeners.get(token.key)?.fire(event);
    this.#changes.fire(event);
  }
}

function uniqueTokens(
  tokens: ServiceToken<unknown> | readonly ServiceToken<unknown>[],
): readonly ServiceToken<unknown>[] {
  const given = Array.isArray(tokens)
    ? (tokens as readonly ServiceToken<unknown>[])
    : [tokens as ServiceToken<unknown>];
  const unique = [...new Map(given.map((token) => [token?.key, token])).values()];
  if (unique.length === 0 || unique.some((token) => typeof token?.key !== 'string')) {
    throw new StaveError('STAVE_SERVICE_INVALID', 'a service needs at least one token', {
      remedy: 'make one with serviceToken<Contract>(name, major)',
    });
  }
  return Object.freeze(unique);
}

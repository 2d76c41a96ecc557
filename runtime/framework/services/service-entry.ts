import type { ServiceProperties, ServiceReference, ServiceToken } from '@stave/api';
import type { FactoryObjects } from './factory-objects.js';

/** A bundle as the registry knows it. */
export interface ServiceOwner {
  readonly id: number;
  readonly name: string;
}

/** A registered service as the registry keeps it. */
export interface ServiceEntry {
  readonly reference: EntryReference;
  readonly owner: ServiceOwner;
  /** The object itself, or what makes one for each bundle. */
  readonly offer:
    | { readonly kind: 'object'; readonly service: unknown }
    | { readonly kind: 'factory'; readonly objects: FactoryObjects };
  /** Set once the service has left the lookups. */
  gone: Promise<void> | undefined;
}

/** The reference that others hold; only the registry replaces its properties. */
export class EntryReference implements ServiceReference {
  readonly id: number;
  readonly tokens: readonly ServiceToken<unknown>[];
  readonly bundleId: number;
  readonly bundleName: string;
  #properties: ServiceProperties;
  #ranking: number;

  constructor(
    id: number,
    owner: ServiceOwner,
    tokens: readonly ServiceToken<unknown>[],
    properties: ServiceProperties,
  ) {
    this.id = id;
    this.tokens = tokens;
    this.bundleId = owner.id;
    this.bundleName = owner.name;
    this.#properties = properties;
    this.#ranking = rankingOf(properties);
  }

  get properties(): ServiceProperties {
    return this.#properties;
  }

  get ranking(): number {
    return this.#ranking;
  }

  static replaceProperties(reference: EntryReference, properties: ServiceProperties): void {
    reference.#properties = properties;
    reference.#ranking = rankingOf(properties);
  }
}

/** Only an integer counts, as in OSGi. */
function rankingOf(properties: ServiceProperties): number {
  const value = properties['service.ranking'];
  return Number.isInteger(value) ? (value as number) : 0;
}

/** Best first: higher ranking, lower bundle id, earlier registration. Never 0 for two entries. */
export function compareEntries(a: ServiceEntry, b: ServiceEntry): number {
  const [left, right] = [a.reference, b.reference];
  return right.ranking - left.ranking || left.bundleId - right.bundleId || left.id - right.id;
}

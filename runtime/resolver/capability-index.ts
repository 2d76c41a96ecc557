import { compileFilter } from '../base/filter.js';
import { parseRange } from '../base/range.js';
import { tryVersion, type Version } from '../base/version.js';
import type { Capability, Requirement, Resource } from './resource.js';

/** A capability with the resource that has it. */
export interface Offer {
  readonly resource: Resource;
  readonly capability: Capability;
  readonly version: Version | undefined;
}

/** Finds capabilities by namespace and name. */
export class CapabilityIndex {
  readonly #byNamespace = new Map<string, Offer[]>();
  readonly #byName = new Map<string, Offer[]>();
  readonly #sorted = new Set<Offer[]>();
  readonly #matching = new Map<string, readonly Offer[]>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      for (const capability of resource.capabilities) this.#add(resource, capability);
    }
  }

  /** All of the requirement's namespace and name, whether they fit or not; best first. */
  named(requirement: Requirement): readonly Offer[] {
    const { namespace, name } = requirement;
    const offers =
      name === undefined ? this.#byNamespace.get(namespace) : this.#byName.get(`${namespace}\0${name}`);
    if (!offers) return [];
    if (!this.#sorted.has(offers)) {
      this.#sorted.add(offers.sort(compareOffers));
    }
    return offers;
  }

  /** Those that fit; best first. */
  matching(requirement: Requirement): readonly Offer[] {
    const { namespace, name = '', range = '', filter = '' } = requirement;
    const key = `${namespace}\0${name}\0${range}\0${filter}`;
    let found = this.#matching.get(key);
    if (!found) {
      found = this.named(requirement).filter((offer) => misfit(offer, requirement) === undefined);
      this.#matching.set(key, found);
    }
    return found;
  }

  #add(resource: Resource, capability: Capability): void {
    const { namespace, name, version } = capability;
    const offer = { resource, capability, version: version === undefined ? undefined : tryVersion(version) };
    append(this.#byNamespace, namespace, offer);
    if (name !== undefined) append(this.#byName, `${namespace}\0${name}`, offer);
  }
}

/** What of a capability does not fit a requirement of its namespace and name. */
export function misfit(offer: Offer, { range, filter }: Requirement): 'range' | 'filter' | undefined {
  if (range !== undefined && range !== '*' && !inRange(offer, range)) return 'range';
  if (range === '*' && !offer.version) return 'range';
  if (filter !== undefined && !compileFilter(filter)(propertiesOf(offer))) return 'filter';
  return undefined;
}

function inRange({ resource, version }: Offer, range: string): boolean {
  const prereleaseAsRelease = resource.prereleaseAsRelease === true;
  return version !== undefined && parseRange(range).includes(version.text, { prereleaseAsRelease });
}

function propertiesOf({ capability, version }: Offer): Readonly<Record<string, unknown>> {
  const { name, attributes } = capability;
  const ownVersion =
    version ?? (typeof attributes.version === 'string' ? tryVersion(attributes.version) : undefined);
  return {
    ...attributes,
    ...(name === undefined ? {} : { name }),
    ...(ownVersion === undefined ? {} : { version: ownVersion }),
  };
}

/** Higher version first, then by name, then the higher version of the resource, then by id. */
function compareOffers(a: Offer, b: Offer): number {
  return compareVersionsDown(a.version, b.version) || compareResources(a.resource, b.resource);
}

/** By name, then the higher version first, then by id. */
export function compareResources(a: Resource, b: Resource): number {
  return (
    compareTexts(a.name, b.name) ||
    compareVersionsDown(tryVersion(a.version), tryVersion(b.version)) ||
    compareTexts(a.id, b.id)
  );
}

function compareVersionsDown(a: Version | undefined, b: Version | undefined): number {
  if (a && b) return b.compare(a);
  return (a ? 0 : 1) - (b ? 0 : 1);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function append(map: Map<string, Offer[]>, key: string, offer: Offer): void {
  const offers = map.get(key);
  if (offers) offers.push(offer);
  else map.set(key, [offer]);
}

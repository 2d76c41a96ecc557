import { compileFilter } from 'stave/base/filter.js';
import { parseRange } from 'stave/base/range.js';
import { parseVersion } from 'stave/base/version.js';
import {
  type Capability,
  PACKAGES,
  type Requirement,
  type ResolveInput,
  type ResolveResult,
  type Resource,
  type Wire,
} from 'stave/resolver/resource.js';

export interface ResourceForm {
  /** Package to version. */
  readonly exports?: Readonly<Record<string, string>>;
  /** Package to range; a question mark behind the range makes it optional. */
  readonly imports?: Readonly<Record<string, string>>;
  /** What each exported package uses. */
  readonly uses?: readonly string[];
  readonly prereleaseAsRelease?: boolean;
}

/** `resource('log@1.2.0', { imports: { clock: '^2' } })` exports itself, unless exports are given. */
export function resource(id: string, form: ResourceForm = {}): Resource {
  const [name, version] = id.split('@') as [string, string];
  const { exports = { [name]: version }, imports = {}, uses = [], prereleaseAsRelease = false } = form;
  return {
    id,
    name,
    version,
    prereleaseAsRelease,
    capabilities: Object.entries(exports).map(([exported, exportedVersion]) => ({
      namespace: PACKAGES,
      name: exported,
      version: exportedVersion,
      attributes: {},
      uses,
    })),
    requirements: Object.entries(imports).map(([needed, range]) => ({
      namespace: PACKAGES,
      name: needed,
      range: range.replace('?', ''),
      optional: range.endsWith('?'),
      effective: 'resolve',
    })),
  };
}

/** `{ 'app@1.0.0': { log: 'log@1.2.0' } }` */
export function wiring(wires: ReadonlyMap<string, readonly Wire[]>): Record<string, Record<string, string>> {
  return Object.fromEntries(
    [...wires].map(([id, own]) => [
      id,
      Object.fromEntries(
        own.map(({ requirement, provider }) => [requirement.name ?? requirement.namespace, provider]),
      ),
    ]),
  );
}

/** The wires of all that is resolved after a result. */
export function allWires(input: ResolveInput, result: ResolveResult): Map<string, readonly Wire[]> {
  return new Map([...input.wired, ...result.wires]);
}

/** What is wrong with a wiring, found without the resolver's own code. */
export function faultsOf(
  resources: readonly Resource[],
  wires: ReadonlyMap<string, readonly Wire[]>,
): string[] {
  const checker = new WiringChecker(resources, wires);
  return [...wires.keys()].flatMap((id) => checker.faults(id));
}

class WiringChecker {
  readonly #resources: ReadonlyMap<string, Resource>;
  readonly #wires: ReadonlyMap<string, readonly Wire[]>;

  constructor(resources: readonly Resource[], wires: ReadonlyMap<string, readonly Wire[]>) {
    this.#resources = new Map(resources.map((one) => [one.id, one]));
    this.#wires = wires;
  }

  faults(id: string): string[] {
    const own = this.#wires.get(id)!;
    const unmet = this.#resources
      .get(id)!
      .requirements.filter(
        (requirement) =>
          !requirement.optional &&
          requirement.effective === 'resolve' &&
          own.filter((wire) => wire.requirement === requirement).length !== 1,
      )
      .map((requirement) => `${id} has not one wire for ${requirement.name}`);
    const wrong = own.flatMap((wire) => this.#wireFaults(wire));
    return [...unmet, ...wrong, ...this.#usesFaults(id)];
  }

  #wireFaults({ requirer, requirement, provider, capability }: Wire): string[] {
    const faults: string[] = [];
    const offering = this.#resources.get(provider);
    if (!offering?.capabilities.includes(capability))
      faults.push(`${provider} does not offer what ${requirer} takes`);
    if (!this.#wires.has(provider)) faults.push(`${provider} is not resolved, but ${requirer} takes from it`);
    if (!fits(requirement, capability, offering?.prereleaseAsRelease === true))
      faults.push(`${provider} does not fit ${requirer}`);
    const substitute = this.#packages(provider).get(capability.name ?? '');
    if (capability.namespace === PACKAGES && substitute !== provider)
      faults.push(`${provider} takes ${capability.name} from ${substitute}, but offers it to ${requirer}`);
    return faults;
  }

  /** Which provider's package a resource sees under each name. */
  #packages(id: string): Map<string, string> {
    const own = this.#resources.get(id)!.capabilities.filter(({ namespace }) => namespace === PACKAGES);
    const taken = (this.#wires.get(id) ?? []).filter(({ capability }) => capability.namespace === PACKAGES);
    return new Map([
      ...own.map(({ name }) => [name!, id] as const),
      ...taken.map(({ capability, provider }) => [capability.name!, provider] as const),
    ]);
  }

  #usesFaults(id: string): string[] {
    const sees = this.#packages(id);
    const faults: string[] = [];
    const seen = new Set<string>();
    const follow = (provider: string, capability: Capability): void => {
      const key = `${provider} ${capability.namespace} ${capability.name} ${capability.version}`;
      if (provider === id || seen.has(key)) return;
      seen.add(key);
      const space = this.#packages(provider);
      for (const used of capability.uses ?? []) {
        const from = space.get(used);
        if (from === undefined) continue;
        if (sees.has(used) && sees.get(used) !== from)
          faults.push(`${id} meets ${used} from ${sees.get(used)} and ${from}`);
        const next = this.#resources
          .get(from)!
          .capabilities.find(({ namespace, name }) => namespace === PACKAGES && name === used);
        follow(from, next!);
      }
    };
    for (const { provider, capability } of this.#wires.get(id)!) follow(provider, capability);
    return faults;
  }
}

export function fits(
  requirement: Requirement,
  capability: Capability,
  prereleaseAsRelease: boolean,
): boolean {
  const { namespace, name, range, filter } = requirement;
  if (namespace !== capability.namespace || (name !== undefined && name !== capability.name)) return false;
  if (range !== undefined && !parseRange(range).includes(capability.version!, { prereleaseAsRelease }))
    return false;
  const version = capability.version === undefined ? undefined : parseVersion(capability.version);
  return filter === undefined || compileFilter(filter)({ ...capability.attributes, version });
}

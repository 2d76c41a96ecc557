import { CapabilityIndex, type Offer } from './capability-index.js';
import { type Capability, PACKAGES, type Requirement, type ResolveInput, type Resource } from './resource.js';

/** A resource with what it could be wired to. */
export interface Node {
  readonly resource: Resource;
  /** Whether it was resolved before. */
  readonly wired: boolean;
  readonly needs: Need[];
  /** Its own packages by name. */
  readonly exports: ReadonlyMap<string, Source>;
  /** Round in which it was found that it can never resolve; 0 while it can. */
  deadSince: number;
}

/** A capability of a node; one object for each package of a node. */
export interface Source {
  readonly provider: Node;
  readonly capability: Capability;
}

/** A requirement of a node: one decision of the search. */
export interface Need {
  readonly node: Node;
  readonly requirement: Requirement;
  /** Whether the node cannot resolve without it. */
  readonly required: boolean;
  /** Best first. */
  readonly choices: Choice[];
  /** Whether the first choice is the wire from before. */
  readonly kept: boolean;
}

/** A capability that a need could be wired to. */
export interface Choice {
  readonly need: Need;
  readonly source: Source;
}

/** Everything that the roots could ever need, by the ids of the resources. */
export interface Graph {
  readonly index: CapabilityIndex;
  readonly nodes: ReadonlyMap<string, Node>;
}

export function graphOf(input: ResolveInput): Graph {
  const builder = new GraphBuilder(input);
  return { index: builder.index, nodes: builder.nodes };
}

class GraphBuilder {
  readonly index: CapabilityIndex;
  readonly nodes = new Map<string, Node>();
  readonly #input: ResolveInput;

  constructor(input: ResolveInput) {
    this.#input = input;
    this.index = new CapabilityIndex(input.resources);
    const roots = new Set(input.roots);
    for (const resource of input.resources) if (roots.has(resource.id)) this.#reach(resource);
    // The map grows while it is gone through, until everything is reached.
    for (const node of this.nodes.values()) this.#addNeeds(node);
  }

  #reach(resource: Resource): Node {
    const known = this.nodes.get(resource.id);
    if (known) return known;
    const exports = new Map<string, Source>();
    const wired = this.#input.wired.has(resource.id);
    const node: Node = { resource, wired, needs: [], exports, deadSince: 0 };
    for (const capability of resource.capabilities) {
      if (capability.namespace === PACKAGES && capability.name !== undefined) {
        exports.set(capability.name, { provider: node, capability });
      }
    }
    this.nodes.set(resource.id, node);
    return node;
  }

  #addNeeds(node: Node): void {
    const wires = this.#input.wired.get(node.resource.id);
    for (const requirement of node.resource.requirements) {
      const before = wires?.find((wire) => isSame(wire.requirement, requirement))?.provider;
      const required = !requirement.optional && requirement.effective === 'resolve';
      // What runs gets no new optional wires while it runs.
      if (node.wired && !required && before === undefined) continue;
      const offers = this.#ordered(node, requirement, before);
      const kept = before !== undefined && offers[0]?.resource.id === before;
      const need: Need = { node, requirement, required, choices: [], kept };
      for (const { resource, capability } of offers) {
        const provider = this.#reach(resource);
        const exported = provider.exports.get(capability.name ?? '');
        const source = exported?.capability === capability ? exported : { provider, capability };
        need.choices.push({ need, source });
      }
      node.needs.push(need);
    }
  }

  /** The wire from before, the pinned one, those of resources that are resolved, the rest; each best first. */
  #ordered(node: Node, requirement: Requirement, before: string | undefined): readonly Offer[] {
    const offers = this.index.matching(requirement);
    const { wired, preferred } = this.#input;
    const pin = preferred?.get(node.resource.id)?.get(requirement.name ?? requirement.namespace);
    if (offers.length < 2 || (wired.size === 0 && pin === undefined)) return offers;
    const rank = ({ resource: { id } }: Offer): number => {
      if (id === before) return 0;
      if (id === pin) return 1;
      return wired.has(id) ? 2 : 3;
    };
    return [...offers].sort((a, b) => rank(a) - rank(b));
  }
}

/** Whether two requirements, perhaps read at different times, say the same. */
export function isSame(a: Requirement, b: Requirement): boolean {
  return (
    a === b ||
    (a.namespace === b.namespace && a.name === b.name && a.range === b.range && a.filter === b.filter)
  );
}

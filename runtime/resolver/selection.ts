import type { Choice, Graph, Need, Node, Source } from './graph.js';

/** What each need is wired to at the moment, and which choices are ruled out for the moment. */
export class Selection {
  readonly #chosen = new Map<Need, Choice>();
  readonly #ruledOut = new Set<Choice>();
  readonly #spaces = new Map<Node, ReadonlyMap<string, Source>>();
  readonly #onChange: (node: Node) => void;

  /** @param onChange told when another choice is made for a need of the node */
  constructor({ nodes }: Graph, onChange: (node: Node) => void) {
    this.#onChange = onChange;
    for (const node of nodes.values()) {
      if (node.deadSince === 0) for (const need of node.needs) this.#choose(need);
    }
  }

  chosen(need: Need): Choice | undefined {
    return this.#chosen.get(need);
  }

  isRuledOut(choice: Choice): boolean {
    return this.#ruledOut.has(choice);
  }

  ruleOut(choice: Choice): void {
    this.#ruledOut.add(choice);
    this.#chooseAgain(choice.need);
  }

  allow(choice: Choice): void {
    this.#ruledOut.delete(choice);
    this.#chooseAgain(choice.need);
  }

  /** Whether the need could still be met (or, when it is optional, dropped) without that choice. */
  hasOther(choice: Choice): boolean {
    const { need } = choice;
    return !need.required || need.choices.some((other) => other !== choice && this.#isOpen(other));
  }

  /** The package that a node sees under each name: imported, else its own. */
  space(node: Node): ReadonlyMap<string, Source> {
    let space = this.#spaces.get(node);
    if (!space) {
      space = this.#spaceOf(node);
      this.#spaces.set(node, space);
    }
    return space;
  }

  /** The choice by which a node sees a package; undefined where it sees its own without a need. */
  choiceFor(node: Node, source: Source): Choice | undefined {
    for (const need of node.needs) {
      const choice = this.#chosen.get(need);
      if (choice?.source === source) return choice;
    }
    return undefined;
  }

  #spaceOf(node: Node): ReadonlyMap<string, Source> {
    const space = new Map(node.exports);
    for (const need of node.needs) {
      const source = this.#chosen.get(need)?.source;
      if (source && isPackage(source)) space.set(source.capability.name!, source);
    }
    return space;
  }

  #chooseAgain(need: Need): void {
    this.#choose(need);
    this.#spaces.delete(need.node);
    this.#onChange(need.node);
  }

  #choose(need: Need): void {
    const choice = need.choices.find((candidate) => this.#isOpen(candidate));
    if (choice) this.#chosen.set(need, choice);
    else this.#chosen.delete(need);
  }

  #isOpen(choice: Choice): boolean {
    return choice.source.provider.deadSince === 0 && !this.#ruledOut.has(choice);
  }
}

/** Whether a capability is one of the packages of its provider. */
export function isPackage({ provider, capability }: Source): boolean {
  return provider.exports.get(capability.name ?? '')?.capability === capability;
}

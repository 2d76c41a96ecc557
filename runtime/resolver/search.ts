import { type Conflict, conflictOf } from './consistency.js';
import type { Choice, Graph, Need, Node } from './graph.js';
import { Selection } from './selection.js';

/** Conflicts after which a search gives up. Counted, not timed, so that the answer is always the same. */
const MOST_CONFLICTS = 1000;

export type SearchResult =
  | { readonly kind: 'solved'; readonly nodes: readonly Node[]; readonly selection: Selection }
  | {
      readonly kind: 'failed';
      /** The conflict at the best choices. */
      readonly conflict: Conflict;
      /** Roots that take part in conflicts. */
      readonly roots: ReadonlySet<Node>;
      readonly gaveUp: boolean;
    };

/** Why a part of the search came to nothing. */
interface Failure {
  /** Choices that had to be ruled out for it. */
  readonly because: ReadonlySet<Choice>;
}

/** What is wired once roots are chosen: each node with the choice by which it was reached, none for roots. */
type Reached = ReadonlyMap<Node, Choice | undefined>;

/**
 * Looks for choices without a conflict: begins with the best ones, and where some make a conflict tries what happens without
 * each of them. Part of the search that cannot end otherwise is passed over. Roots must be alive.
 *
 * @param mayChange whether another choice may be made where a wire from before is chosen
 */
export function search(
  graph: Graph,
  roots: readonly Node[],
  mayChange: (node: Node) => boolean,
): SearchResult {
  return new Search(graph, roots, mayChange).run();
}

class Search {
  readonly #roots: readonly Node[];
  readonly #mayChange: (node: Node) => boolean;
  readonly #selection: Selection;
  /** Nodes without a conflict, as long as nothing changes that they looked at. */
  readonly #clean = new Set<Node>();
  readonly #lookers = new Map<Node, Set<Node>>();
  /** Choices that must stay in the present part of the search: what happens without them has been tried. */
  readonly #held = new Set<Choice>();
  readonly #involved = new Set<Node>();
  #first: Conflict | undefined;
  #conflicts = 0;

  constructor(graph: Graph, roots: readonly Node[], mayChange: (node: Node) => boolean) {
    this.#roots = roots;
    this.#mayChange = mayChange;
    this.#selection = new Selection(graph, (node) => this.#changed(node));
  }

  run(): SearchResult {
    if (this.#attempt() === undefined) {
      return { kind: 'solved', nodes: [...this.#reach().keys()], selection: this.#selection };
    }
    return {
      kind: 'failed',
      conflict: this.#first!,
      roots: this.#involved,
      gaveUp: this.#conflicts > MOST_CONFLICTS,
    };
  }

  /** Undefined when the choices are without a conflict. */
  #attempt(): Failure | undefined {
    const reached = this.#reach();
    const conflict = this.#conflictAmong(reached);
    if (!conflict) return undefined;
    this.#first ??= conflict;
    this.#conflicts++;
    const because = new Set(conflict.dropped.flatMap((need) => this.#ruledOutOf(need)));
    const held: Choice[] = [];
    try {
      for (const choice of [...conflict.choices, ...this.#pathTo(conflict.node, reached)]) {
        if (this.#conflicts > MOST_CONFLICTS) break;
        if (this.#held.has(choice) || this.#isFixed(choice)) continue;
        if (!this.#selection.hasOther(choice)) {
          for (const other of this.#ruledOutOf(choice.need)) because.add(other);
          continue;
        }
        this.#selection.ruleOut(choice);
        const failure = this.#attempt();
        if (!failure) return undefined;
        this.#selection.allow(choice);
        for (const other of failure.because) if (other !== choice) because.add(other);
        // It fails with this choice as well, so the others need not be tried.
        if (!failure.because.has(choice)) break;
        this.#held.add(choice);
        held.push(choice);
      }
      return { because };
    } finally {
      for (const choice of held) this.#held.delete(choice);
    }
  }

  #ruledOutOf(need: Need): readonly Choice[] {
    return need.choices.filter((choice) => this.#selection.isRuledOut(choice));
  }

  #isFixed({ need, source }: Choice): boolean {
    return need.kept && need.choices[0]!.source === source && !this.#mayChange(need.node);
  }

  /** All that the roots are wired to at the moment, nearest first. */
  #reach(): Reached {
    const reached = new Map<Node, Choice | undefined>(this.#roots.map((root) => [root, undefined]));
    // The map grows while it is gone through.
    for (const node of reached.keys()) {
      for (const need of node.needs) {
        const choice = this.#selection.chosen(need);
        if (choice && !reached.has(choice.source.provider)) reached.set(choice.source.provider, choice);
      }
    }
    return reached;
  }

  /** The conflict that is furthest from the roots: what is above it may change with it. */
  #conflictAmong(reached: Reached): Conflict | undefined {
    for (const node of [...reached.keys()].reverse()) {
      if (this.#clean.has(node)) continue;
      const conflict = conflictOf(node, this.#selection, (other) => this.#look(node, other));
      if (conflict) return conflict;
      this.#clean.add(node);
    }
    return undefined;
  }

  /** The choices by which a node is reached, from the node up to its root. */
  #pathTo(node: Node, reached: Reached): Choice[] {
    const path: Choice[] = [];
    let at = node;
    for (let choice = reached.get(at); choice; choice = reached.get(at)) {
      path.push(choice);
      at = choice.need.node;
    }
    this.#involved.add(at);
    return path;
  }

  #look(looker: Node, at: Node): void {
    const lookers = this.#lookers.get(at);
    if (lookers) lookers.add(looker);
    else this.#lookers.set(at, new Set([looker]));
  }

  #changed(node: Node): void {
    this.#clean.delete(node);
    for (const looker of this.#lookers.get(node) ?? []) this.#clean.delete(looker);
    this.#lookers.delete(node);
  }
}

import type { Choice, Need, Node, Source } from './graph.js';
import { isPackage, type Selection } from './selection.js';

/** Two providers of one package that meet in a node, or a package that its provider itself takes from elsewhere. */
export interface Conflict {
  readonly kind: 'uses' | 'substituted';
  readonly node: Node;
  readonly package: string;
  /** What the node sees itself, and what it meets through others. */
  readonly sources: readonly [Source, Source];
  /** The choices that together make the conflict; the one to change first comes first. */
  readonly choices: readonly Choice[];
  /** Optional needs that would keep it from being, had they not been dropped. */
  readonly dropped: readonly Need[];
}

/** A capability that a node meets, and how it came there. */
interface Met {
  readonly source: Source;
  /** The choice by which it came; undefined for an own package of the node before. */
  readonly choice: Choice | undefined;
  readonly through: Met | undefined;
}

/**
 * The first contradiction in what a node meets through its wires, all their `uses` followed.
 *
 * @param lookedAt told every node whose wires count for the answer
 */
export function conflictOf(
  node: Node,
  selection: Selection,
  lookedAt: (node: Node) => void,
): Conflict | undefined {
  const own = selection.space(node);
  const met: Met[] = [];
  const seen = new Set<Source>();
  for (const need of node.needs) {
    const choice = selection.chosen(need);
    if (!choice) continue;
    lookedAt(choice.source.provider);
    const substituted = substitutionOf(choice, selection);
    if (substituted) return substituted;
    if (choice.source.capability.uses?.length && !seen.has(choice.source)) {
      seen.add(choice.source);
      met.push({ source: choice.source, choice, through: undefined });
    }
  }
  // The list grows while it is gone through.
  for (const through of met) {
    const { provider, capability } = through.source;
    if (provider === node) continue;
    lookedAt(provider);
    const space = selection.space(provider);
    for (const name of capability.uses ?? []) {
      const source = space.get(name);
      if (!source) continue;
      const mine = own.get(name);
      if (mine && mine.provider !== source.provider) {
        return usesConflict(node, name, mine, source, through, selection);
      }
      if (seen.has(source)) continue;
      seen.add(source);
      met.push({ source, choice: selection.choiceFor(provider, source), through });
    }
  }
  return undefined;
}

function usesConflict(
  node: Node,
  name: string,
  mine: Source,
  theirs: Source,
  through: Met,
  selection: Selection,
): Conflict {
  const steps: Step[] = [stepTo(through.source.provider, theirs, selection)];
  for (let met: Met | undefined = through; met; met = met.through) {
    steps.push({ at: met.through?.source.provider ?? node, source: met.source, choice: met.choice });
  }
  steps.push(stepTo(node, mine, selection));
  return {
    kind: 'uses',
    node,
    package: name,
    sources: [mine, theirs],
    choices: steps.flatMap(({ choice }) => choice ?? []),
    dropped: steps.flatMap((step) => droppedNeeds(step, selection)),
  };
}

/** That a node sees a package, by a choice or as its own. */
interface Step {
  readonly at: Node;
  readonly source: Source;
  readonly choice: Choice | undefined;
}

function stepTo(at: Node, source: Source, selection: Selection): Step {
  return { at, source, choice: selection.choiceFor(at, source) };
}

/** A node that sees its own package could see another one, were its need for it not dropped. */
function droppedNeeds({ at, source, choice }: Step, selection: Selection): readonly Need[] {
  if (choice) return [];
  const { namespace, name } = source.capability;
  return at.needs.filter(
    (need) =>
      need.requirement.namespace === namespace && need.requirement.name === name && !selection.chosen(need),
  );
}

/** A provider that takes its own package from another one does not offer it any more. */
function substitutionOf(choice: Choice, selection: Selection): Conflict | undefined {
  const { source, need } = choice;
  const name = source.capability.name;
  if (name === undefined || source.provider === need.node || !isPackage(source)) return undefined;
  const taken = selection.space(source.provider).get(name)!;
  if (taken.provider === source.provider) return undefined;
  const theirs = selection.choiceFor(source.provider, taken)!;
  return {
    kind: 'substituted',
    node: need.node,
    package: name,
    sources: [source, taken],
    choices: [choice, theirs],
    dropped: [],
  };
}

import { compareResources } from './capability-index.js';
import { Explainer, type Explanation, explainConflict, reasonOf } from './explanation.js';
import { type Graph, graphOf, isSame, type Need, type Node } from './graph.js';
import type { DroppedRequirement, ResolveInput, ResolveResult, Wire } from './resource.js';
import { type SearchResult, search } from './search.js';
import type { Selection } from './selection.js';
import { markDead } from './viability.js';

type Solved = Extract<SearchResult, { kind: 'solved' }>;

/**
 * Wires all roots that can be wired, and says of the others why not. Each requirement takes, of the capabilities that fit:
 * its wire from before, the preferred one, one of a resolved resource, the highest version, the first by name, then by id.
 * It takes a lesser one only where a better one cannot be resolved or would give a resource two of one package (`uses`).
 * Throws a StaveError for a range or a filter that cannot be read.
 */
export function resolve(input: ResolveInput): ResolveResult {
  const graph = graphOf(input);
  markDead(graph);
  const explainer = new Explainer(graph.index, graph.nodes);
  const unresolved = new Map<string, Explanation>();
  const roots: Node[] = [];
  for (const id of [...new Set(input.roots)].sort()) {
    const node = graph.nodes.get(id);
    if (!node) unresolved.set(id, { kind: 'unknown', resource: { id, name: id, version: '' } });
    else if (node.deadSince > 0) unresolved.set(id, explainer.ofDead(node));
    else roots.push(node);
  }
  const solved = solveMost(graph, roots.sort(compareRoots), input, unresolved);
  return {
    wires: changedWires(solved, input),
    dropped: droppedRequirements(solved, explainer),
    unresolved,
  };
}

/** What is resolved comes first: where not all can be, it is what comes last that is left out. */
function compareRoots(a: Node, b: Node): number {
  return Number(b.wired) - Number(a.wired) || compareResources(a.resource, b.resource);
}

/** Solves for as many roots as can be solved together, and explains the others. */
function solveMost(
  graph: Graph,
  roots: readonly Node[],
  input: ResolveInput,
  unresolved: Map<string, Explanation>,
): Solved {
  const mayRewire = (node: Node): boolean => input.mayRewire?.has(node.resource.id) ?? false;
  const solve = (some: readonly Node[]): SearchResult => {
    const result = search(graph, some, () => false);
    return result.kind === 'failed' && input.mayRewire?.size ? search(graph, some, mayRewire) : result;
  };
  const leftOut: Node[] = [];
  let taken = roots;
  let result = solve(taken);
  while (result.kind === 'failed') {
    const { roots: involved } = result;
    const last = taken.findLast((root) => involved.has(root))!;
    leftOut.push(last);
    taken = taken.filter((root) => root !== last);
    result = solve(taken);
  }
  let solved = result;
  // Several may have been left out before the one that was to blame.
  for (const root of leftOut.sort(compareRoots)) {
    const again = solve([...taken, root].sort(compareRoots));
    if (again.kind === 'solved') {
      taken = [...taken, root];
      solved = again;
    } else {
      unresolved.set(root.resource.id, explainConflict(again.conflict, again.gaveUp));
    }
  }
  return solved;
}

function changedWires({ nodes, selection }: Solved, input: ResolveInput): Map<string, readonly Wire[]> {
  const changed = new Map<string, readonly Wire[]>();
  for (const node of nodes) {
    const wires = node.needs.flatMap((need) => wireOf(need, selection) ?? []);
    if (!node.wired || !isAsBefore(wires, input.wired.get(node.resource.id)!)) {
      changed.set(node.resource.id, wires);
    }
  }
  return new Map([...changed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function wireOf(need: Need, selection: Selection): Wire | undefined {
  const source = selection.chosen(need)?.source;
  return (
    source && {
      requirer: need.node.resource.id,
      requirement: need.requirement,
      provider: source.provider.resource.id,
      capability: source.capability,
    }
  );
}

function isAsBefore(wires: readonly Wire[], before: readonly Wire[]): boolean {
  return (
    wires.length === before.length &&
    wires.every(({ provider, requirement }) =>
      before.some((wire) => wire.provider === provider && isSame(wire.requirement, requirement)),
    )
  );
}

function droppedRequirements(
  { nodes, selection }: Solved,
  explainer: Explainer,
): readonly DroppedRequirement[] {
  const dropped: DroppedRequirement[] = [];
  for (const node of [...nodes].sort((a, b) => compareResources(a.resource, b.resource))) {
    for (const need of node.needs) {
      if (selection.chosen(need)) continue;
      const refused = explainer.refusals(need.requirement);
      dropped.push({
        requirer: node.resource.id,
        requirement: need.requirement,
        reason: need.choices.some(({ source }) => source.provider.deadSince === 0)
          ? `a wire for ${need.requirement.name ?? need.requirement.namespace} would contradict others`
          : reasonOf(need.requirement, refused),
      });
    }
  }
  return dropped;
}

import type { Graph, Need, Node } from './graph.js';

/**
 * Finds the nodes that can never resolve, whatever is chosen, and marks them with the round in which that was found. A node
 * that dies in a round does so for a requirement whose candidates all died in rounds before: reasons run in no circle.
 */
export function markDead({ nodes }: Graph): void {
  const users = new Map<Node, Need[]>();
  const alive = new Map<Need, number>();
  let dying: Node[] = [];
  for (const node of nodes.values()) {
    for (const need of node.needs) {
      if (!need.required) continue;
      alive.set(need, need.choices.length);
      for (const { source } of need.choices) append(users, source.provider, need);
    }
    if (node.needs.some((need) => need.required && need.choices.length === 0)) dying.push(node);
  }
  for (let round = 1; dying.length > 0; round++) {
    for (const node of dying) node.deadSince = round;
    const next = new Set<Node>();
    for (const need of dying.flatMap((node) => users.get(node) ?? [])) {
      const left = alive.get(need)! - 1;
      alive.set(need, left);
      if (left === 0 && need.node.deadSince === 0) next.add(need.node);
    }
    dying = [...next];
  }
}

/** The first requirement for which a dead node can never resolve. */
export function fatalNeed(node: Node): Need {
  return node.needs.find(
    ({ required, choices }) =>
      required &&
      choices.every(
        ({ source: { provider } }) => provider.deadSince > 0 && provider.deadSince < node.deadSince,
      ),
  )!;
}

function append(map: Map<Node, Need[]>, key: Node, need: Need): void {
  const needs = map.get(key);
  if (needs) needs.push(need);
  else map.set(key, [need]);
}

import { type CapabilityIndex, misfit, type Offer } from './capability-index.js';
import type { Conflict } from './consistency.js';
import type { Choice, Node } from './graph.js';
import { PACKAGES, type Requirement, type Resource } from './resource.js';
import { fatalNeed } from './viability.js';

/** A resource as reasons name it. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** Why a resource cannot be resolved. */
export type Explanation =
  /** Nothing that fits a requirement can be had. */
  | {
      readonly kind: 'missing';
      readonly resource: Named;
      readonly requirement: Requirement;
      /** What could have met it, and why it does not; best first. */
      readonly refused: readonly Refusal[];
    }
  /** It would meet one package from two providers. */
  | {
      readonly kind: 'uses';
      readonly resource: Named;
      readonly package: string;
      /** Sorted by version. */
      readonly providers: readonly [Named, Named];
      readonly chains: readonly string[];
      /** Whether the search ended at its limit, so that a solution may exist all the same. */
      readonly gaveUp: boolean;
    }
  /** There is no such resource. */
  | { readonly kind: 'unknown'; readonly resource: Named };

/** A candidate, and why it was refused. */
export interface Refusal {
  readonly provider: Named;
  /** Version of the capability. */
  readonly version: string | undefined;
  readonly reason:
    | { readonly kind: 'range' | 'filter' }
    | { readonly kind: 'unresolved'; readonly explanation: Explanation };
}

const MOST_REFUSALS = 4;
const DEEPEST = 60;

/** Makes explanations of dead nodes; one for each, shared where it is needed again. */
export class Explainer {
  readonly #index: CapabilityIndex;
  readonly #nodes: ReadonlyMap<string, Node>;
  #known: ReadonlyMap<Node, Explanation> | undefined;

  constructor(index: CapabilityIndex, nodes: ReadonlyMap<string, Node>) {
    this.#index = index;
    this.#nodes = nodes;
  }

  ofDead(node: Node): Explanation {
    return this.#explanations().get(node)!;
  }

  /** Why nothing meets a requirement. */
  refusals(requirement: Requirement): readonly Refusal[] {
    return this.#refusals(requirement, this.#explanations());
  }

  #explanations(): ReadonlyMap<Node, Explanation> {
    if (!this.#known) {
      const known = new Map<Node, Explanation>();
      const dead = [...this.#nodes.values()].filter(({ deadSince }) => deadSince > 0);
      // From the first that died to the last: what an explanation refers to is there before it, without recursion.
      for (const node of dead.sort((a, b) => a.deadSince - b.deadSince)) {
        const { requirement } = fatalNeed(node);
        const refused = this.#refusals(requirement, known);
        known.set(node, { kind: 'missing', resource: named(node.resource), requirement, refused });
      }
      this.#known = known;
    }
    return this.#known;
  }

  #refusals(requirement: Requirement, known: ReadonlyMap<Node, Explanation>): readonly Refusal[] {
    return this.#index.named(requirement).flatMap((offer) => this.#refusal(offer, requirement, known) ?? []);
  }

  #refusal(
    offer: Offer,
    requirement: Requirement,
    known: ReadonlyMap<Node, Explanation>,
  ): Refusal | undefined {
    const base = { provider: named(offer.resource), version: offer.capability.version };
    const kind = misfit(offer, requirement);
    if (kind) return { ...base, reason: { kind } };
    const explanation = known.get(this.#nodes.get(offer.resource.id)!);
    return explanation && { ...base, reason: { kind: 'unresolved', explanation } };
  }
}

export function explainConflict(conflict: Conflict, gaveUp: boolean): Explanation {
  const [one, two] = conflict.sources.map(({ provider }) => named(provider.resource)) as [Named, Named];
  return {
    kind: 'uses',
    resource: named(conflict.node.resource),
    package: conflict.package,
    providers: one.id < two.id ? [one, two] : [two, one],
    chains: conflict.choices.map(wireText),
    gaveUp,
  };
}

/** The explanations at the ends of all branches: what is missing or contradicts itself, best candidate first. */
export function causesOf(explanation: Explanation): readonly Explanation[] {
  const causes = new Set<Explanation>();
  const seen = new Set<Explanation>();
  const stack = [explanation];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const deeper =
      next.kind === 'missing'
        ? next.refused.flatMap(({ reason }) => (reason.kind === 'unresolved' ? [reason.explanation] : []))
        : [];
    if (deeper.length === 0) causes.add(next);
    stack.push(...deeper.reverse());
  }
  return [...causes];
}

/** The whole chain in lines, from what was asked to what is missing; two blanks for each step down. */
export function explain(explanation: Explanation): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<Explanation>();
  const tell = (at: Explanation, depth: number): void => {
    const indent = '  '.repeat(depth);
    lines.push(`${indent}${headline(at)}`);
    if (at.kind === 'uses') lines.push(...at.chains.map((chain) => `${indent}  ${chain}`));
    if (at.kind !== 'missing') return;
    if (at.refused.length === 0) lines.push(`${indent}  nothing offers ${subjectOf(at.requirement)}`);
    if (seen.has(at) || depth >= DEEPEST) {
      lines.push(`${indent}  ${seen.has(at) ? 'for the reasons above' : 'and so on'}`);
      return;
    }
    seen.add(at);
    for (const refusal of at.refused.slice(0, MOST_REFUSALS)) {
      lines.push(`${indent}  ${refusalText(refusal, at.requirement)}`);
      if (refusal.reason.kind === 'unresolved') tell(refusal.reason.explanation, depth + 2);
    }
    if (at.refused.length > MOST_REFUSALS)
      lines.push(`${indent}  and ${at.refused.length - MOST_REFUSALS} more do not fit`);
  };
  tell(explanation, 0);
  return lines;
}

/** Why an optional requirement has no wire, in one sentence. */
export function reasonOf(requirement: Requirement, refused: readonly Refusal[]): string {
  const best = refused[0];
  if (!best) return `nothing offers ${subjectOf(requirement)}`;
  if (best.reason.kind !== 'unresolved') return refusalText(best, requirement);
  const cause = causesOf(best.reason.explanation)[0]!;
  return `${refusalText(best, requirement)}: ${headline(cause)}`;
}

/** `package @acme/log ^2`, `capability acme.codec (type=json)`. */
export function requirementText({ namespace, name, range, filter }: Requirement): string {
  const kind = namespace === PACKAGES ? 'package' : `capability ${namespace}`;
  return [kind, name, range, filter].filter((part) => part !== undefined).join(' ');
}

export function named({ id, name, version }: Resource): Named {
  return { id, name, version };
}

function headline(explanation: Explanation): string {
  const subject = label(explanation.resource);
  switch (explanation.kind) {
    case 'missing':
      return `${subject} needs ${requirementText(explanation.requirement)}`;
    case 'uses': {
      const [one, two] = explanation.providers;
      const given = explanation.gaveUp ? ' (the search was given up)' : '';
      return `${subject} would meet package ${explanation.package} from both ${label(one)} and ${label(two)}${given}`;
    }
    case 'unknown':
      return `${explanation.resource.id} is not there`;
  }
}

function refusalText({ provider, version, reason }: Refusal, requirement: Requirement): string {
  const offered = subjectOf(requirement);
  const known = version === undefined ? offered : `${offered} ${version}`;
  const from =
    version === provider.version && requirement.name === provider.name ? '' : ` of ${label(provider)}`;
  switch (reason.kind) {
    case 'range':
      return `${known}${from} is there, but ${requirement.range} is wanted`;
    case 'filter':
      return `${known}${from} is there, but ${requirement.filter} is wanted`;
    case 'unresolved':
      return `${known}${from} is there, but cannot be resolved`;
  }
}

function subjectOf({ namespace, name }: Requirement): string {
  return name ?? namespace;
}

function wireText({ need, source }: Choice): string {
  const { name, namespace, version } = source.capability;
  const what = [name ?? namespace, version].filter((part) => part !== undefined).join(' ');
  return `${label(need.node.resource)} takes ${what} from ${label(source.provider.resource)}`;
}

function label({ name, version }: Named): string {
  return `${name} ${version}`;
}

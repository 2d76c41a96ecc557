import type { ComponentInfo } from '@stave/api';

/** A component that waits, as far as circles are concerned. */
export interface WaitingComponent {
  readonly name: string;
  /** Keys of the tokens that it would provide. */
  readonly provides: readonly string[];
  /** Keys of the services that it lacks. */
  readonly lacks: ReadonlySet<string>;
}

/**
 * The circle that a waiting component is in because of one service that it lacks: names from the component back to itself,
 * each waiting for a service of the next.
 */
export function findCircle(
  start: WaitingComponent,
  key: string,
  waiting: readonly WaitingComponent[],
): readonly string[] | undefined {
  const visited = new Set<WaitingComponent>();
  const search = (lacked: string, trail: readonly string[]): readonly string[] | undefined => {
    for (const provider of waiting) {
      if (!provider.provides.includes(lacked)) continue;
      if (provider === start) return [...trail, start.name];
      if (visited.has(provider)) continue;
      visited.add(provider);
      for (const next of provider.lacks) {
        const found = search(next, [...trail, provider.name]);
        if (found) return found;
      }
    }
    return undefined;
  };
  return search(key, [start.name]);
}

/** A component with the services that its waiting instances lack, by the text that says so. */
export interface ListedComponent {
  readonly info: ComponentInfo;
  readonly lacks: ReadonlyMap<string, string>;
}

/** Adds to each service that is waited for in a circle what the circle is: `(circle: A → B → A)`. */
export function withCircles(components: readonly ListedComponent[]): readonly ComponentInfo[] {
  const nodes = components.map(({ info, lacks }) => ({
    name: info.name,
    provides: info.declaration.provides.map((token) => token.key),
    lacks: new Set(lacks.values()),
  }));
  const waiting = nodes.filter((node) => node.lacks.size > 0);
  return components.map(({ info, lacks }, index) => {
    const node = nodes[index];
    if (!node || lacks.size === 0) return info;
    const extended = (text: string): string => {
      const key = lacks.get(text);
      const circle = key === undefined ? undefined : findCircle(node, key, waiting);
      return circle ? `${text} (circle: ${circle.join(' → ')})` : text;
    };
    return {
      ...info,
      instances: info.instances.map(({ pid, state }) => ({
        pid,
        state: state.kind === 'waiting' ? { ...state, for: state.for.map(extended) } : state,
      })),
    };
  });
}

import { BoundedCache } from './bounded-cache.js';
import { matcherOf } from './filter-matcher.js';
import { type FilterNode, parseFilter } from './filter-syntax.js';

/** Whether properties match. Names of properties are compared without case. */
export type Filter = (properties: Readonly<Record<string, unknown>>) => boolean;

interface Compiled {
  readonly node: FilterNode;
  readonly test: Filter;
}

const known = new BoundedCache<string, Compiled>(2000);

function compiled(text: string): Compiled {
  return known.getOrMake(text, () => {
    const node = parseFilter(text);
    return { node, test: matcherOf(node) };
  });
}

/**
 * Compiles an LDAP filter as OSGi defines it, such as `(&(type=json)(!(draft=true)))`; the result is kept and shared.
 * Values are compared by their own type: strings exactly, numbers, booleans, `Version`s; a list matches when any element
 * does. Throws `STAVE_FILTER_INVALID` with the position.
 */
export function compileFilter(text: string): Filter {
  return compiled(text).test;
}

/**
 * The plain equalities that properties must have to match, for an index: `(a=1)` gives `a`, `(&(a=1)(b>=2)(c=3))` gives
 * `a` and `c`. Names are in lower case. They are necessary, not sufficient. Throws `STAVE_FILTER_INVALID`.
 */
export function equalitiesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const collect = (node: FilterNode): void => {
    if (node.kind === 'and') node.operands.forEach(collect);
    else if (node.kind === 'compare' && node.operator === '=') found.set(node.name.toLowerCase(), node.value);
  };
  collect(compiled(text).node);
  return found;
}

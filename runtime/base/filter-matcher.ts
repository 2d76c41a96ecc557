import type { FilterNode } from './filter-syntax.js';
import { tryVersion, Version } from './version.js';

type Properties = Readonly<Record<string, unknown>>;
type Comparison = Extract<FilterNode, { kind: 'compare' }>;

/** The filter as a function. */
export function matcherOf(node: FilterNode): (properties: Properties) => boolean {
  switch (node.kind) {
    case 'and': {
      const tests = node.operands.map(matcherOf);
      return (properties) => tests.every((test) => test(properties));
    }
    case 'or': {
      const tests = node.operands.map(matcherOf);
      return (properties) => tests.some((test) => test(properties));
    }
    case 'not': {
      const test = matcherOf(node.operand);
      return (properties) => !test(properties);
    }
    case 'present': {
      const lookup = lookupOf(node.name);
      return (properties) => lookup(properties) !== undefined;
    }
    case 'substring':
      return valueTest(node.name, (value) => typeof value === 'string' && matchesPieces(value, node.pieces));
    case 'compare':
      return comparisonTest(node);
  }
}

function comparisonTest(node: Comparison): (properties: Properties) => boolean {
  const { name, value } = node;
  const general = valueTest(name, scalarTest(node));
  if (node.operator !== '=') return general;
  return (properties) => {
    // Most filters in use compare a text under the very name that it was given.
    const found = properties[name];
    return typeof found === 'string' ? found === value : general(properties);
  };
}

/** Looks a property up: by its very name first, else without case. Null counts as absent. */
function lookupOf(name: string): (properties: Properties) => unknown {
  const lower = name.toLowerCase();
  return (properties) => {
    if (Object.hasOwn(properties, name)) return properties[name] ?? undefined;
    for (const key of Object.keys(properties)) {
      if (key.length === name.length && key.toLowerCase() === lower) return properties[key] ?? undefined;
    }
    return undefined;
  };
}

function valueTest(name: string, test: (value: unknown) => boolean): (properties: Properties) => boolean {
  const lookup = lookupOf(name);
  return (properties) => {
    const value = lookup(properties);
    if (Array.isArray(value)) return value.some(test);
    if (value instanceof Set) return [...value].some(test);
    return value !== undefined && test(value);
  };
}

function scalarTest({ operator, value }: Comparison): (value: unknown) => boolean {
  const holds = ordering(operator);
  const number = numberOf(value);
  const truth = value.trim().toLowerCase() === 'true';
  const version = tryVersion(value.trim());
  const loose = loosened(value);
  return (found) => {
    switch (typeof found) {
      case 'string':
        if (operator === '=') return found === value;
        if (operator === '~=') return loosened(found) === loose;
        return holds(found < value ? -1 : found > value ? 1 : 0);
      case 'number':
      case 'bigint':
        return number !== undefined && holds(found < number ? -1 : found > number ? 1 : 0);
      case 'boolean':
        return found === truth;
      default:
        return found instanceof Version && version !== undefined && holds(found.compare(version));
    }
  };
}

function ordering(operator: Comparison['operator']): (order: number) => boolean {
  if (operator === '>=') return (order) => order >= 0;
  if (operator === '<=') return (order) => order <= 0;
  return (order) => order === 0;
}

function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
}

function loosened(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase();
}

function matchesPieces(value: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

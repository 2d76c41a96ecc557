import { isBuiltin } from 'node:module';

/** A bare specifier, taken apart: `@acme/log/types` is `{ name: '@acme/log', subpath: './types' }`. */
export interface BareSpecifier {
  readonly name: string;
  readonly subpath: string;
}

export function isRelative(specifier: string): boolean {
  return /^(\.{1,2}(\/|$)|\/)/.test(specifier);
}

export function splitSpecifier(specifier: string): BareSpecifier {
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const rest = specifier.slice(name.length + 1);
  return { name, subpath: rest === '' ? '.' : `./${rest}` };
}

/** The inverse of `splitSpecifier`. */
export function joinSpecifier(name: string, subpath: string): string {
  return subpath === '.' ? name : name + subpath.slice(1);
}

/** The name of a builtin without `node:`, or undefined. */
export function builtinName(specifier: string): string | undefined {
  if (!isBuiltin(specifier)) return undefined;
  return specifier.startsWith('node:') ? specifier.slice(5) : specifier;
}

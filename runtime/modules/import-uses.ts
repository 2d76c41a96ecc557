import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportUse } from './compiled-module.js';
import { splitSpecifier } from './specifier.js';
import { SYSTEM_PACKAGES } from './specifier-rules.js';

/** What a bundle may import from outside. */
export interface Declarations {
  /** `*` for any name. */
  readonly names: ReadonlySet<string> | '*';
  readonly optional: ReadonlySet<string>;
}

/** A specifier as a file uses it. */
export interface SpecifierUse {
  readonly specifier: string;
  /** Relative to the root. */
  readonly file: string;
}

function lineOf(root: string, { file, specifier }: SpecifierUse): number {
  const source = readFileSync(join(root, file), 'utf8');
  const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const match =
    new RegExp(`(?:from|import|require)\\s*\\(?\\s*(['"])${quoted}\\1`).exec(source) ??
    new RegExp(`(['"])${quoted}\\1`).exec(source);
  return match ? source.slice(0, match.index + match[0].length).split('\n').length : 1;
}

/** What is used from outside, by package. Names that were not declared (an optional require of a dependency) are left out. */
export function importUses(root: string, declared: Declarations, uses: readonly SpecifierUse[]): ImportUse[] {
  const byName = new Map<string, SpecifierUse[]>();
  for (const use of uses) {
    const { name } = splitSpecifier(use.specifier);
    if (declared.names !== '*' && !declared.names.has(name) && !SYSTEM_PACKAGES.has(name)) continue;
    const known = byName.get(name);
    if (known) known.push(use);
    else byName.set(name, [use]);
  }
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, found]) => {
      const first = found.find(({ file }) => !file.includes('node_modules/')) ?? found[0]!;
      return {
        name,
        specifiers: [...new Set(found.map(({ specifier }) => specifier))].sort(),
        where: `${first.file}:${lineOf(root, first)}`,
        optional: declared.optional.has(name),
      };
    });
}

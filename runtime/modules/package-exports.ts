import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The field `exports` or `imports` of a package.json, as JSON has it. */
export type ExportsField = unknown;

/** Conditions of importers; `require` is asked only where these give nothing. */
export const IMPORT_CONDITIONS: ReadonlySet<string> = new Set(['stave', 'node', 'import', 'module-sync']);
export const REQUIRE_CONDITIONS: ReadonlySet<string> = new Set(['stave', 'node', 'require', 'module-sync']);

/** What can be the target of an exported subpath and be loaded. */
export const LOADABLE = /(?<!\.d)\.([mc]?[jt]s|jsx|tsx|json|node|wasm)$/;

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field as a table of subpaths, whatever short form it has; undefined when there is none. */
function subpathTable(field: ExportsField): Record<string, unknown> | undefined {
  if (field === undefined || field === null) return undefined;
  if (isTable(field) && Object.keys(field).every((key) => key.startsWith('.') || key.startsWith('#')))
    return field;
  return { '.': field };
}

function pickTarget(
  target: unknown,
  conditions: ReadonlySet<string>,
  filler: string,
): string | null | undefined {
  if (typeof target === 'string') return target.replaceAll('*', () => filler);
  if (target === null) return null;
  if (Array.isArray(target)) {
    for (const entry of target) {
      const picked = pickTarget(entry, conditions, filler);
      if (typeof picked === 'string') return picked;
    }
    return undefined;
  }
  if (!isTable(target)) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (condition !== 'default' && !conditions.has(condition)) continue;
    const picked = pickTarget(value, conditions, filler);
    if (picked !== undefined) return picked;
  }
  return undefined;
}

/** The key of the table that a subpath matches best, with what its `*` stands for. */
function matchKey(
  table: Record<string, unknown>,
  subpath: string,
): { key: string; filler: string } | undefined {
  if (!subpath.includes('*') && Object.hasOwn(table, subpath)) return { key: subpath, filler: '' };
  let best: { key: string; filler: string } | undefined;
  for (const key of Object.keys(table)) {
    const star = key.indexOf('*');
    if (star < 0) continue;
    const [head, tail] = [key.slice(0, star), key.slice(star + 1)];
    if (!subpath.startsWith(head) || !subpath.endsWith(tail) || subpath.length < key.length) continue;
    const longer =
      !best ||
      star > best.key.indexOf('*') ||
      (star === best.key.indexOf('*') && key.length > best.key.length);
    if (longer) best = { key, filler: subpath.slice(star, subpath.length - tail.length) };
  }
  return best;
}

/**
 * The target of a subpath (`.`, `./x`, `#x`), by Node's rules. Undefined when the subpath is not exported, or not under these
 * conditions.
 */
export function resolveTarget(
  field: ExportsField,
  subpath: string,
  conditions: ReadonlySet<string>,
): string | undefined {
  const table = subpathTable(field);
  const match = table && matchKey(table, subpath);
  if (!table || !match) return undefined;
  return pickTarget(table[match.key], conditions, match.filler) ?? undefined;
}

/** As `resolveTarget`, with the one set of conditions that holds for all importers of a package. */
export function resolvePublicTarget(field: ExportsField, subpath: string): string | undefined {
  return (
    resolveTarget(field, subpath, IMPORT_CONDITIONS) ?? resolveTarget(field, subpath, REQUIRE_CONDITIONS)
  );
}

function* loadableFiles(folder: string, below: string): Generator<string> {
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* loadableFiles(folder, path);
    else if (LOADABLE.test(entry.name)) yield path;
  }
}

/** What the `*` of a target pattern such as `./src/*.js` can stand for, by the files that there are. */
function fillersOf(pattern: string, files: readonly string[]): string[] {
  const [head = '', tail = ''] = pattern.replace(/^\.\//, '').split('*');
  return files
    .filter((file) => file.startsWith(head) && file.endsWith(tail) && file.length > head.length + tail.length)
    .map((file) => file.slice(head.length, file.length - tail.length));
}

/** A loadable subpath that a package exports. */
export interface ExportedSubpath {
  readonly subpath: string;
  readonly target: string;
  /** Whether it stands in the field as it is, not as a pattern. */
  readonly literal: boolean;
}

/** Every loadable subpath that a package exports; patterns are filled by the files of the folder. */
export function exportedSubpaths(field: ExportsField, folder: string): readonly ExportedSubpath[] {
  const table = subpathTable(field) ?? {};
  const found = new Map<string, ExportedSubpath>();
  let files: string[] | undefined;
  const add = (subpath: string, literal: boolean): void => {
    const target = resolvePublicTarget(field, subpath);
    if (target?.startsWith('./') && LOADABLE.test(target)) found.set(subpath, { subpath, target, literal });
  };
  for (const key of Object.keys(table)) {
    if (!key.includes('*')) {
      add(key, true);
      continue;
    }
    for (const conditions of [IMPORT_CONDITIONS, REQUIRE_CONDITIONS]) {
      const pattern = pickTarget(table[key], conditions, '*');
      if (typeof pattern !== 'string') continue;
      files ??= [...loadableFiles(folder, '')].sort();
      for (const filler of fillersOf(pattern, files))
        add(
          key.replace('*', () => filler),
          false,
        );
      break;
    }
  }
  return [...found.values()];
}

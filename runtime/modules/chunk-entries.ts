import { join } from 'node:path';
import { type Manifest, StaveError } from '@stave/api';
import { ACTIVATOR, COMPONENTS } from './compiled-module.js';
import { exportedSubpaths } from './package-exports.js';
import type { PackageTree } from './package-tree.js';
import { joinSpecifier } from './specifier.js';

/** The file that a manifest names, relative to the root. */
export function manifestFile(tree: PackageTree, manifest: Manifest, field: string, path: string): string {
  const file = tree.file(join(tree.root, path));
  if (file) return tree.name(file);
  throw new StaveError(
    'STAVE_MODULE_NOT_FOUND',
    `"stave": { "${field}": "${path}" } names a file that is not there`,
    {
      where: manifest.name,
      remedy: 'correct the path in package.json, or add the file to the bundle',
    },
  );
}

/** Folder of an exported package: the root itself, or a dependency. */
export function exportedFolder(tree: PackageTree, manifest: Manifest, name: string): string {
  if (name === manifest.name) return tree.root;
  const folder = tree.find(name, tree.root);
  if (folder) return folder;
  throw new StaveError(
    'STAVE_IMPORT_UNDECLARED',
    `"stave": { "exports": … } names ${name}, which is no dependency`,
    {
      where: manifest.name,
      remedy: `add "${name}" to "dependencies" in package.json`,
    },
  );
}

/** Exported specifiers of a package with their files; those without a file are left out unless the bundle itself names them. */
function* exportedFiles(tree: PackageTree, manifest: Manifest, name: string): Generator<[string, string]> {
  const folder = exportedFolder(tree, manifest, name);
  const field = tree.packageJson(folder)?.exports;
  if (field === undefined || field === null) {
    const main = tree.file(folder);
    if (main) yield [name, tree.name(main)];
    return;
  }
  for (const { subpath, target, literal } of exportedSubpaths(field, folder)) {
    const file = tree.subpath(folder, subpath);
    if (file) yield [joinSpecifier(name, subpath), tree.name(file)];
    else if (literal && folder === tree.root) {
      throw new StaveError(
        'STAVE_MODULE_NOT_FOUND',
        `"exports": { "${subpath}": "${target}" } names a file that is not there`,
        { where: manifest.name, remedy: 'correct the path in package.json, or add the file to the bundle' },
      );
    }
  }
}

/** The table of a chunk: key to file, relative to the root. */
export function chunkEntries(tree: PackageTree, manifest: Manifest): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { name } of manifest.exports) {
    for (const [specifier, file] of exportedFiles(tree, manifest, name)) entries.set(specifier, file);
  }
  const { activator, components } = manifest;
  if (activator !== undefined) entries.set(ACTIVATOR, manifestFile(tree, manifest, 'activator', activator));
  if (components !== undefined)
    entries.set(COMPONENTS, manifestFile(tree, manifest, 'components', components));
  return entries;
}

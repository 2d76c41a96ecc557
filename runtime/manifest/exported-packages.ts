import type { ExportedPackageDeclaration, ImportedPackage } from '@stave/api';
import type { PackageJson } from './package-json.js';
import { peerNames } from './peer-ranges.js';

/**
 * What a package exports: itself, where it says so, and the packages of `stave.exports`. Without an explicit list,
 * `uses` are those imports that its public types expose. A package without a known version is left out.
 */
export function exportedPackages(
  packageJson: PackageJson,
  imports: readonly ImportedPackage[],
  versionOf: (name: string) => string | undefined,
): readonly ExportedPackageDeclaration[] {
  const peers = peerNames(packageJson);
  const exposed = imports.map(({ name }) => name).filter((name) => peers.has(name));
  const { name: own, version: ownVersion, stave } = packageJson;
  const declared = new Map<string, readonly string[]>();
  const exportsItself = !stave || (packageJson.exports !== undefined && packageJson.exports !== null);
  if (exportsItself) declared.set(own, exposed);
  for (const entry of stave?.exports ?? []) {
    if (typeof entry === 'string') declared.set(entry, exposed);
    else declared.set(entry.name, entry.uses ?? exposed);
  }
  return [...declared].flatMap(([name, uses]) => {
    const version = name === own ? ownVersion : versionOf(name);
    return version === undefined ? [] : [{ name, version, uses: uses.filter((used) => used !== name) }];
  });
}

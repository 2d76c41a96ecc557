import type { ImportedPackage, Manifest } from '@stave/api';
import { exportedPackages } from './exported-packages.js';
import type { PackageJson } from './package-json.js';
import { peerRanges } from './peer-ranges.js';

/**
 * The manifest with the packages that its sources import from other bundles. Those that `stave.imports` names stay as they
 * are; the others take the range of `peerDependencies` or `devDependencies`, and any version where these do not name
 * them: whoever does not want that looks into `peerRanges` before.
 *
 * @param packageJson the one that the manifest was parsed from
 */
export function completeImports(
  manifest: Manifest,
  packageJson: PackageJson,
  needed: Iterable<string>,
): Manifest {
  const peers = peerRanges(packageJson);
  const imports = new Map<string, ImportedPackage>(manifest.imports.map((entry) => [entry.name, entry]));
  for (const name of [...needed].sort()) {
    if (!imports.has(name)) imports.set(name, peers.get(name) ?? { name, range: '*', optional: false });
  }
  const completed = [...imports.values()];
  const versions = new Map(manifest.exports.map(({ name, version }) => [name, version]));
  return {
    ...manifest,
    imports: completed,
    exports: exportedPackages(packageJson, completed, (name) => versions.get(name)),
  };
}

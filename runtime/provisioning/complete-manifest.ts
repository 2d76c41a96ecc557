import type { Manifest } from '@stave/api';
import { completeImports } from '../manifest/complete-imports.js';
import type { PackageJson } from '../manifest/package-json.js';

const API = '@stave/api';

/**
 * The manifest with the imports that its sources really have: those that are not declared take their range from peer and
 * development dependencies; `@stave/api` takes it from `engines.stave`, or is the version line that runs.
 *
 * @param needed names that the compiler found in the sources
 * @param apiVersion version of the running api
 */
export function completeManifest(
  manifest: Manifest,
  packageJson: PackageJson,
  needed: Iterable<string>,
  apiVersion: string,
): Manifest {
  const completed = completeImports(manifest, packageJson, needed);
  const range = manifest.engine ?? `^${apiVersion}`;
  const imports = completed.imports.map((entry) => (entry.name === API ? { ...entry, range } : entry));
  return { ...completed, imports };
}

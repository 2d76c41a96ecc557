import { type ImportedPackage, type Manifest, StaveError } from '@stave/api';
import type { ValidateFunction } from 'ajv';
import { ajv } from '../base/ajv.js';
import { compileFilter } from '../base/filter.js';
import { parseRange } from '../base/range.js';
import { parseVersion } from '../base/version.js';
import { exportedPackages } from './exported-packages.js';
import { MANIFEST_SCHEMA } from './manifest-schema.js';
import type { PackageJson, StaveKey } from './package-json.js';
import { engineOf } from './peer-ranges.js';
import { problemOf } from './schema-problem.js';

export interface ParseManifestOptions {
  /**
   * Version of a package among the dependencies, for `stave.exports`. Undefined refuses the manifest. Without this function
   * such packages are left out: so for a look before the dependencies are there.
   */
  readonly versionOf?: (name: string) => string | undefined;
}

let validate: ValidateFunction | undefined;

/**
 * Checks and completes the content of a package.json. Imports are those of `stave.imports`; see `completeImports` for the
 * rest. Throws `STAVE_MANIFEST_INVALID` naming the field, what is expected and what stands there.
 *
 * @param where file or location, for messages
 */
export function parseManifest(
  packageJson: unknown,
  where: string,
  options: ParseManifestOptions = {},
): Manifest {
  const checked = checkedPackageJson(packageJson, where);
  const { name, version, description, stave } = checked;
  if (stave?.isolation === 'worker') {
    throw new StaveError(
      'STAVE_MANIFEST_INVALID',
      'stave.isolation is "worker", which this version cannot do',
      {
        where,
        remedy: 'leave "isolation" out, or set it to "none"',
      },
    );
  }
  const imports = importsOf(stave, where);
  const isBundle = stave !== undefined;
  return {
    name,
    version,
    description: typeof description === 'string' ? description : undefined,
    isBundle,
    activator: stave?.activator,
    components: stave?.components,
    imports,
    exports: exportedPackages(checked, imports, versionsOf(checked, where, options)),
    provides: (stave?.provides ?? []).map(({ namespace, attributes = {} }) => ({ namespace, attributes })),
    requires: (stave?.requires ?? []).map(
      ({ namespace, filter, optional = false, effective = 'resolve' }) => ({
        namespace,
        filter,
        optional,
        effective,
      }),
    ),
    config: { ...stave?.config },
    startLevel: stave?.startLevel,
    singleton: stave?.singleton ?? (stave?.activator !== undefined || stave?.components !== undefined),
    isolation: stave?.isolation ?? 'none',
    engine: engineOf(checked),
    loading: isBundle ? (stave.loading ?? 'chunk') : 'files',
  };
}

function checkedPackageJson(packageJson: unknown, where: string): PackageJson {
  validate ??= ajv().compile(MANIFEST_SCHEMA);
  if (!validate(packageJson)) {
    const { path, sentence, remedy } = problemOf(validate.errors ?? []);
    throw invalid(sentence, where, path, remedy);
  }
  const checked = packageJson as PackageJson;
  readable('version', where, () => parseVersion(checked.version));
  for (const [i, { filter }] of (checked.stave?.requires ?? []).entries()) {
    if (filter !== undefined) readable(`stave.requires[${i}].filter`, where, () => compileFilter(filter));
  }
  return checked;
}

function importsOf(stave: StaveKey | undefined, where: string): readonly ImportedPackage[] {
  return Object.entries(stave?.imports ?? {}).map(([name, value]) => {
    const { range = '*', optional = false } = typeof value === 'string' ? { range: value } : value;
    readable(`stave.imports["${name}"]`, where, () => parseRange(range));
    return { name, range, optional };
  });
}

function versionsOf(
  packageJson: PackageJson,
  where: string,
  { versionOf }: ParseManifestOptions,
): (name: string) => string | undefined {
  if (!versionOf) return () => undefined;
  return (name) => {
    const version = versionOf(name);
    if (version !== undefined) return version;
    const position = (packageJson.stave?.exports ?? []).findIndex(
      (entry) => (typeof entry === 'string' ? entry : entry.name) === name,
    );
    throw invalid(
      `stave.exports[${position}] names ${name}, which is not among the dependencies`,
      where,
      `stave.exports[${position}]`,
      `add ${name} to "dependencies"`,
    );
  };
}

/** Runs a check of base, and tells its error as one of the manifest's field. */
function readable(path: string, where: string, check: () => unknown): void {
  try {
    check();
  } catch (cause) {
    if (!(cause instanceof StaveError)) throw cause;
    const sentence = cause.message.slice(0, -`; ${cause.remedy}`.length);
    throw invalid(`${path}: ${sentence}`, where, path, cause.remedy, cause);
  }
}

function invalid(
  sentence: string,
  where: string,
  path: string,
  remedy: string | undefined,
  cause?: unknown,
): StaveError {
  return new StaveError('STAVE_MANIFEST_INVALID', sentence, {
    where,
    details: { path },
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

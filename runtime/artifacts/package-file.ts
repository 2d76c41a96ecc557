import { StaveError } from '@stave/api';

/** What this room reads of a package.json. Everything else is the manifest's business. */
export interface PackageFile {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  /** Names that are wired to other bundles, and so never copied in. */
  readonly imports: ReadonlySet<string>;
  readonly isBundle: boolean;
  /** The whole content. */
  readonly json: Readonly<Record<string, unknown>>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Reads the text of a package.json; throws `STAVE_MANIFEST_INVALID` when it is no JSON object. */
export function readPackageFile(text: string, where: string): PackageFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new StaveError('STAVE_MANIFEST_INVALID', `is not JSON: ${(error as Error).message}`, {
      where,
      remedy: 'correct package.json',
      cause: error,
    });
  }
  if (!isRecord(json)) {
    throw new StaveError('STAVE_MANIFEST_INVALID', 'is not a JSON object', {
      where,
      remedy: 'correct package.json',
    });
  }
  const stave = json.stave;
  const optionalDependencies = strings(json.optionalDependencies);
  const required = Object.entries(strings(json.dependencies)).filter(
    ([name]) => !(name in optionalDependencies),
  );
  return {
    name: typeof json.name === 'string' ? json.name : undefined,
    version: typeof json.version === 'string' ? json.version : undefined,
    dependencies: Object.fromEntries(required),
    optionalDependencies,
    imports: new Set(isRecord(stave) && isRecord(stave.imports) ? Object.keys(stave.imports) : []),
    isBundle: stave !== undefined,
    json,
  };
}

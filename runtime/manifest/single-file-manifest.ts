import { type Manifest, StaveError } from '@stave/api';
import type { PackageJson } from './package-json.js';
import { parseManifest } from './parse-manifest.js';

const EXTENSION = /\.[cm]?[jt]s$/;
/** Blanks, a line for the shell and line comments may stand before the block. */
const LEADING_BLOCK = /^\uFEFF?(?:#!.*(?:\r?\n|$))?(?:\s|\/\/.*(?:\r?\n|$))*\/\*\s*stave\s*(\{[\s\S]*?)\*\//;

export interface SingleFileManifest {
  readonly manifest: Manifest;
  /** What a package.json would have said; for `completeImports`. */
  readonly packageJson: PackageJson;
}

/**
 * The manifest of a single source file: named after the file, version `0.0.0-d` and eight digits of its digest, its default
 * export the activator, its decorated exports the components. A leading comment such as
 * `/* stave { "version": "1.0.0", "startLevel": 50 } *\/` overrides name, version, description and every key of `stave`.
 * Throws `STAVE_MANIFEST_INVALID`.
 *
 * @param fileName without folders
 * @param digest SHA-256 of the content, in hex
 */
export function singleFileManifest(fileName: string, content: string, digest: string): SingleFileManifest {
  const path = `./${fileName}`;
  const { name, version, description, ...stave } = overridesOf(content, fileName);
  const packageJson = {
    name: name ?? fileName.replace(EXTENSION, ''),
    version: version ?? `0.0.0-d${digest.slice(0, 8)}`,
    ...(description === undefined ? {} : { description }),
    type: 'module',
    stave: { activator: path, components: path, ...stave },
  };
  const manifest = parseManifest(packageJson, fileName, { versionOf: () => undefined });
  return { manifest, packageJson: packageJson as unknown as PackageJson };
}

function overridesOf(content: string, fileName: string): Readonly<Record<string, unknown>> {
  const block = LEADING_BLOCK.exec(content);
  if (!block) return {};
  const text = block[1]!;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    const line = content.slice(0, block[0].indexOf(text)).split('\n').length;
    throw new StaveError(
      'STAVE_MANIFEST_INVALID',
      `the stave block at line ${line} is no JSON: ${(cause as Error).message}`,
      {
        where: fileName,
        remedy: 'write it as in /* stave { "startLevel": 50 } */',
        cause,
        details: { line },
      },
    );
  }
}

import { access, readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { sha256 } from '../base/digest.js';
import type { PackageFile } from './package-file.js';

/** What npm is given to work on in a staging folder. */
export interface NpmInput {
  readonly command: 'ci' | 'install';
  readonly files: readonly { readonly name: string; readonly content: string }[];
  /** Archives that package.json names by a path inside the bundle. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  /** Equal keys give equal dependencies; undefined where something is taken from the disk. */
  readonly key: string | undefined;
}

export const LOCKFILES = ['npm-shrinkwrap.json', 'package-lock.json'];
const LOCAL = /^(?:file|link):/;

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** The settings that count for a package: its own, else those of the home. */
export async function npmSettings(folder: string, home: string): Promise<NpmInput['files']> {
  const npmrc = (await textOf(join(folder, '.npmrc'))) ?? (await textOf(join(home, '.npmrc')));
  return npmrc === undefined ? [] : [{ name: '.npmrc', content: npmrc }];
}

/** Decides between `npm ci`, where the package has a lockfile, and `npm install` of its production dependencies. */
export async function npmInput(
  folder: string,
  file: PackageFile,
  home: string,
  allowScripts: readonly string[],
): Promise<NpmInput> {
  const settings = await npmSettings(folder, home);
  const { dependencies, optionalDependencies } = file;
  const local = Object.values({ ...dependencies, ...optionalDependencies }).some((text) => LOCAL.test(text));
  const wanted = {
    dependencies: specifications(dependencies, folder, file.imports),
    optionalDependencies: specifications(optionalDependencies, folder, file.imports),
    overrides: file.json.overrides,
  };
  const lock = local ? undefined : await lockfile(folder);
  const { platform, arch, versions } = process;
  const parts = [wanted, lock, settings, allowScripts.toSorted(), platform, arch, versions.modules];
  const key = local ? undefined : sha256(`npm ${JSON.stringify(parts)}`);
  if (lock) {
    const files = [{ name: 'package.json', content: JSON.stringify(file.json) }, lock, ...settings];
    return { command: 'ci', files, copies: await developmentArchives(folder, file), key };
  }
  const content = JSON.stringify({ name: 'stave-staging', version: '0.0.0', private: true, ...wanted });
  return { command: 'install', files: [{ name: 'package.json', content }, ...settings], copies: [], key };
}

async function lockfile(folder: string): Promise<NpmInput['files'][number] | undefined> {
  for (const name of LOCKFILES) {
    const content = await textOf(join(folder, name));
    if (content !== undefined) return { name, content };
  }
  return undefined;
}

/** Paths are made absolute, since npm runs elsewhere; what is wired to other bundles is left out. */
function specifications(
  dependencies: Readonly<Record<string, string>>,
  folder: string,
  imports: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dependencies)
      .filter(([name]) => !imports.has(name))
      .map(([name, text]) => [
        name,
        LOCAL.test(text) ? `file:${resolve(folder, text.replace(LOCAL, ''))}` : text,
      ]),
  );
}

/** `npm ci` compares the whole package.json with the lockfile, so that archives for development must be there too. */
async function developmentArchives(folder: string, file: PackageFile): Promise<NpmInput['copies']> {
  const development = file.json.devDependencies;
  if (typeof development !== 'object' || development === null) return [];
  const copies: { from: string; to: string }[] = [];
  for (const specification of Object.values(development)) {
    if (typeof specification !== 'string' || !LOCAL.test(specification)) continue;
    const to = specification.replace(LOCAL, '');
    const from = resolve(folder, to);
    const archive = /\.(tgz|tar\.gz)$/.test(to) && from.startsWith(folder + sep);
    if (archive && (await exists(from))) copies.push({ from, to });
  }
  return copies;
}

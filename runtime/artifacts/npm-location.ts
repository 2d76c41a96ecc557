import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AbortOptions, StaveError } from '@stave/api';
import { npmSettings } from './npm-input.js';
import type { DependencyPreparer } from './prepare-dependencies.js';
import type { MakeFolder } from './staging.js';
import { type StorageFileSystem, writing } from './storage.js';

export interface NpmPackage {
  /** The package's own folder, with npm's hoisted dependencies around it. */
  readonly folder: string;
  /** Folder that npm worked in. */
  readonly boundary: string;
  /** What the registry says about the archive, such as `sha512-…`. */
  readonly integrity: string | undefined;
}

export interface NpmPackageRequest extends AbortOptions {
  readonly name: string;
  readonly range: string;
  readonly update: boolean;
  readonly where: string;
  readonly makeFolder: MakeFolder;
  /** Folder whose `.npmrc` counts. */
  readonly home: string;
  readonly fs: StorageFileSystem;
}

/** Has npm choose and fetch a package with its dependencies. */
export async function fetchNpmPackage(
  preparer: Pick<DependencyPreparer, 'install'>,
  request: NpmPackageRequest,
): Promise<NpmPackage> {
  const { name, range, where, fs } = request;
  const boundary = await request.makeFolder();
  const content = JSON.stringify({
    name: 'stave-staging',
    version: '0.0.0',
    private: true,
    dependencies: { [name]: range },
  });
  const settings = await npmSettings(request.home, request.home);
  await writing(boundary, async () => {
    for (const file of [{ name: 'package.json', content }, ...settings]) {
      await fs.writeFile(join(boundary, file.name), file.content);
    }
  });
  await preparer.install(boundary, 'install', request);
  const folder = join(boundary, 'node_modules', name);
  return { folder, boundary, integrity: await lockedIntegrity(boundary, name, where) };
}

async function lockedIntegrity(boundary: string, name: string, where: string): Promise<string | undefined> {
  try {
    const lock = JSON.parse(await readFile(join(boundary, 'package-lock.json'), 'utf8')) as {
      packages?: Record<string, { integrity?: string } | undefined>;
    };
    return lock.packages?.[`node_modules/${name}`]?.integrity;
  } catch (error) {
    // Settings such as package-lock=false leave none behind; only a check of integrity would need it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StaveError('STAVE_NPM_FAILED', 'npm left no readable lockfile', { where, cause: error });
  }
}

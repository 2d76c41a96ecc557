import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeError, StaveError } from '@stave/api';
import { create } from 'tar';
import { configurationSchema, gitignore, packageJson, readme, tsconfig } from './templates/project-files.js';
import { type ProjectNames, projectNames } from './templates/project-names.js';
import { components, configuredGreeting, contract, greetCommand, test } from './templates/source-files.js';

export interface NewBundleOptions {
  /** Folder in which the project's folder is made. */
  readonly cwd: string;
  readonly installation: string;
  /** Version of @stave/api that the bundle is written for. */
  readonly apiVersion: string;
}

/**
 * Makes a bundle project, whole or not at all, and returns its folder: the name without its scope, in `cwd`.
 * Throws `STAVE_COMMAND_USAGE` for a name that npm would not take, `STAVE_COMMAND_FAILED` where something is there already.
 */
export async function newBundle(name: string, options: NewBundleOptions): Promise<string> {
  const names = projectNames(name);
  const folder = join(options.cwd, names.short);
  await refuseExisting(folder);
  // Made beside its place under a name that no deploy folder looks at, then renamed.
  const draft = join(options.cwd, `.${names.short}.${process.pid}.tmp`);
  try {
    for (const [path, content] of Object.entries(projectFiles(names, options.apiVersion))) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), content);
    }
    await mkdir(join(draft, 'types'));
    await packApi(join(options.installation, 'runtime', 'api'), join(draft, 'types', 'stave-api.tgz'));
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw cannotMake(error, folder);
  }
  return folder;
}

function projectFiles(names: ProjectNames, apiVersion: string): Readonly<Record<string, string>> {
  return {
    'package.json': packageJson(names, apiVersion),
    'tsconfig.json': tsconfig(),
    'README.md': readme(names),
    '.gitignore': gitignore(),
    'schema/greeting.json': configurationSchema(),
    'src/components.ts': components(),
    'src/configured-greeting.ts': configuredGreeting(names),
    'src/greet-command.ts': greetCommand(names),
    'src/greeting.ts': contract(names),
    'test/greeting.test.ts': test(),
  };
}

/** What `npm pack` would make, without a registry, without a process, and the same bytes each time. */
async function packApi(api: string, file: string): Promise<void> {
  const built = (await readdir(join(api, 'out'))).filter((name) => /\.(js|d\.ts)$/.test(name)).sort();
  const paths = ['package.json', ...built.map((name) => `out/${name}`)];
  await create({ file, cwd: api, gzip: true, portable: true, mtime: new Date(0), prefix: 'package' }, paths);
}

async function refuseExisting(folder: string): Promise<void> {
  const there = await lstat(folder).catch(() => undefined);
  if (!there) return;
  throw new StaveError('STAVE_COMMAND_FAILED', 'there is something already', {
    where: folder,
    remedy: 'choose another name, or remove what is there',
  });
}

function cannotMake(error: unknown, folder: string): StaveError {
  return new StaveError('STAVE_COMMAND_FAILED', `the project cannot be made: ${describeError(error)}`, {
    where: folder,
    remedy: 'check that the folder can be written, and that stave is built (npm run setup)',
    cause: error,
  });
}

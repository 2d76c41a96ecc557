import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Finished, type NodeProcess, runProgram } from './node-process.js';
import { poll } from './poll.js';

/** Files by path. */
export type Files = Readonly<Record<string, string>>;

/** The source of an activator that offers the console command `probe:NAME`, which says a text. */
export function probeSource(name: string, text: string): string {
  return `import { Command } from '@stave/api';
export default {
  start(context: { services: { register(token: unknown, service: unknown): void } }) {
    context.services.register(Command, {
      scope: 'probe',
      name: '${name}',
      description: 'Says what it was made to say',
      execute: () => '${text}',
    });
  },
};
`;
}

export interface BundleParts {
  readonly version?: string;
  /** Fields of package.json beside name, version and type. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Fields under the key `stave`; default: an activator in src/activator.ts. */
  readonly stave?: Readonly<Record<string, unknown>>;
}

/** package.json of a bundle. */
export function bundleManifest(name: string, parts: BundleParts = {}): string {
  const stave = parts.stave ?? { activator: './src/activator.ts' };
  return JSON.stringify({
    name,
    version: parts.version ?? '1.0.0',
    type: 'module',
    devDependencies: { '@stave/api': '*' },
    ...parts.fields,
    stave,
  });
}

/** A bundle with an activator. */
export function bundleFiles(name: string, activator: string, parts: BundleParts = {}): Files {
  return { 'package.json': bundleManifest(name, parts), 'src/activator.ts': activator };
}

/** The bundle of `probeSource`. */
export function probeBundle(name: string, text: string, parts: BundleParts = {}): Files {
  return bundleFiles(`probe-${name}`, probeSource(name, text), parts);
}

export async function writeFiles(folder: string, files: Files): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Paths below a prefix: `below('bundles/probe', files)`. */
export function below(prefix: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${prefix}/${path}`, content]));
}

/** Runs `npm pack` in a folder and gives the archive's path. */
export async function npmPack(folder: string, destination: string): Promise<string> {
  await mkdir(destination, { recursive: true });
  const { status, stdout, stderr } = await runProgram(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination],
    { cwd: folder },
  );
  if (status !== 0) throw new Error(`npm pack failed: ${stdout}${stderr}`);
  return join(destination, stdout.trim().split('\n').at(-1)!);
}

/** Copies a file or folder into deploy/ of a node, as a user does. */
export async function deploy(node: NodeProcess, source: string, name = basename(source)): Promise<void> {
  await cp(source, node.path('deploy', name), { recursive: true });
}

/** Waits until a command of the node answers with a text. */
export async function answers(node: NodeProcess, command: string, text: string): Promise<void> {
  let last: Finished | undefined;
  try {
    await poll(
      async () => {
        last = await node.client(command);
        return last.status === 0 && last.stdout.trim() === text;
      },
      { milliseconds: 30_000 },
    );
  } catch {
    throw new Error(
      `${command} does not answer "${text}", but ${last?.status}: ${last?.stdout}${last?.stderr}`,
    );
  }
}

/** Waits until a command of the node is gone. */
export async function isGone(node: NodeProcess, command: string): Promise<void> {
  await poll(async () => (await node.client(command)).stderr.startsWith('STAVE_COMMAND_UNKNOWN'), {
    milliseconds: 30_000,
    what: `${command} to be gone`,
  });
}

export interface BundleRow {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly state: string;
}

/** Name, version and state of all bundles but the system bundle, in order of their names. */
export async function bundleStates(node: NodeProcess): Promise<readonly string[]> {
  const rows = await node.list<BundleRow>('bundle:list');
  return rows
    .filter(({ id }) => id !== 0)
    .map(({ name, version, state }) => `${name} ${version} ${state}`)
    .sort();
}

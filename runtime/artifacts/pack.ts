import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { createGzip } from 'node:zlib';
import type { AbortOptions, Artifacts } from '@stave/api';
import { tarArchive, treeHash } from './canonical-tar.js';
import { listFolder, ownFile } from './gather-folder.js';
import { readPackageFile } from './package-file.js';
import { writing } from './storage.js';
import { sortFiles, type TreeFile } from './tree.js';

export interface PackOptions extends AbortOptions {
  /** The archive to write; default `name-version.tgz` in the bundle's folder. */
  readonly out?: string;
  /** Version of `@stave/api` that `engines.stave` asks for where the bundle does not say. */
  readonly apiVersion: string;
}

export interface PackedBundle {
  readonly file: string;
  /** Digest of the artifact that the archive gives when it is prepared. */
  readonly digest: string;
  /** Of the archive, in bytes. */
  readonly size: number;
}

/** Writes a bundle with its production dependencies inside as one archive, which needs no network to be installed. */
export async function packBundle(
  artifacts: Pick<Artifacts, 'prepare'>,
  folder: string,
  options: PackOptions,
): Promise<PackedBundle> {
  const { signal, apiVersion } = options;
  const prepared = await artifacts.prepare(pathToFileURL(folder).href, signal ? { signal } : {});
  const listed = listFolder(prepared.root, 'everything');
  const files: TreeFile[] = [];
  for (const entry of sortFiles(listed.map((file) => ownFile(file)))) {
    files.push(entry.path === 'package.json' ? await withEngine(entry, prepared.root, apiVersion) : entry);
  }
  const { name, version } = prepared.manifest;
  const file = options.out ?? join(folder, `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`);
  await writeArchive(file, files, signal);
  const digest = await treeHash({ files, dependencies: undefined });
  return { file, digest, size: (await stat(file)).size };
}

/** The package.json, with the version of the api that a bundle was made for filled in. */
async function withEngine(entry: TreeFile, root: string, apiVersion: string): Promise<TreeFile> {
  const text = await readFile(join(root, entry.path), 'utf8');
  const { json, isBundle } = readPackageFile(text, join(root, entry.path));
  const engines = typeof json.engines === 'object' && json.engines !== null ? json.engines : {};
  if (!isBundle || 'stave' in engines) return entry;
  const completed = { ...json, engines: { ...engines, stave: `^${apiVersion}` } };
  const content = Buffer.from(`${JSON.stringify(completed, null, 2)}\n`);
  return { ...entry, size: content.length, source: { kind: 'content', content } };
}

async function writeArchive(file: string, files: readonly TreeFile[], signal?: AbortSignal): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  // npm and most other tools expect all to lie in one folder of this name.
  const inPackage = files.map((entry) => ({ ...entry, path: `package/${entry.path}` }));
  try {
    await writing(file, async () => {
      await pipeline(
        tarArchive(inPackage),
        createGzip({ level: 9 }),
        createWriteStream(temporary, { flags: 'wx', flush: true }),
        signal ? { signal } : {},
      );
      await rename(temporary, file);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

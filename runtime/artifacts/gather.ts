import { realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AbortOptions, StaveError } from '@stave/api';
import { unpackArchive } from './archives.js';
import { downloadFile } from './download.js';
import { fingerprintOf, type SourceStat } from './fingerprint.js';
import { foreignFiles, listFolder, ownFile, unreadable } from './gather-folder.js';
import { checkIntegrity, fileHash, type Integrity } from './integrity.js';
import { type ArtifactLimits, UnpackBudget } from './limits.js';
import type { Place } from './locations.js';
import { fetchNpmPackage } from './npm-location.js';
import { type PackageFile, readPackageFile } from './package-file.js';
import type { DependencyPreparer, DependencyRequest } from './prepare-dependencies.js';
import type { MakeFolder } from './staging.js';
import type { StorageFileSystem } from './storage.js';
import { readTreeFile, sortFiles, type Tree, type TreeFile } from './tree.js';

/** What a location holds, on its way into the store. */
export interface Gathered {
  readonly tree: Tree;
  readonly fingerprint: string | undefined;
  /** An integrity that can only be checked over the canonical tar. */
  readonly unchecked: Integrity | undefined;
}

export interface GatherRequest extends AbortOptions {
  /** Shown in errors. */
  readonly where: string;
  readonly update: boolean;
  readonly integrity: Integrity | undefined;
  readonly makeFolder: MakeFolder;
}

export interface GatherTools {
  readonly fs: StorageFileSystem;
  readonly limits: () => ArtifactLimits;
  readonly dependencies: Pick<DependencyPreparer, 'prepare' | 'install'>;
  /** The root folder of the home. */
  readonly home: string;
}

const SINGLE_FILE = /\.[cm]?[tj]s$/;
const PACKAGE = 'package.json';

/** Whether a file of this name is a bundle by itself. */
export function isSingleFile(name: string): boolean {
  return SINGLE_FILE.test(name);
}

/** Fetches what lies at a place, and brings its dependencies in. */
export async function gather(place: Place, request: GatherRequest, tools: GatherTools): Promise<Gathered> {
  if (place.kind === 'npm') return fromNpm(place, request, tools);
  if (place.kind === 'path') {
    return isFolder(place.path)
      ? fromFolder(place.path, request, tools)
      : fromFile(place.path, basename(place.path), request, tools);
  }
  const name = basename(new URL(place.url).pathname) || 'download';
  const file = join(await request.makeFolder(), 'download');
  const { signal } = request;
  const limits = tools.limits();
  await downloadFile(place.url, file, { limits, fs: tools.fs, ...(signal ? { signal } : {}) });
  return { ...(await fromFile(file, decodeURIComponent(name), request, tools)), fingerprint: undefined };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(error, path);
  }
}

/** What the sources at a path look like now. */
export function sourceFingerprint(path: string): string {
  const taken = Date.now();
  if (isFolder(path)) return fingerprintOf([...listFolder(path, 'sources'), ...npmMark(path)], taken);
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return fingerprintOf([{ path: '', size, mtimeNs, ctimeNs, ino }], taken);
}

/** npm rewrites this file with every change of a node_modules folder. */
function npmMark(folder: string): SourceStat[] {
  const path = 'node_modules/.package-lock.json';
  const stats = statSync(join(folder, path), { bigint: true, throwIfNoEntry: false });
  return stats ? [{ ...stats, path }] : [];
}

async function fromFolder(folder: string, request: GatherRequest, tools: GatherTools): Promise<Gathered> {
  const budget = new UnpackBudget(tools.limits(), request.where);
  const taken = Date.now();
  const listed = listFolder(folder, 'sources', budget);
  const fingerprint = fingerprintOf([...listed, ...npmMark(folder)], taken);
  const files = await foreignFiles(listed);
  const tree = await complete(
    files,
    { folder: realpathSync(folder), origin: 'folder', budget },
    request,
    tools,
  );
  return { tree, fingerprint, unchecked: request.integrity };
}

async function fromFile(
  file: string,
  name: string,
  request: GatherRequest,
  tools: GatherTools,
): Promise<Gathered> {
  const { where, integrity, makeFolder, signal } = request;
  const fingerprint = sourceFingerprint(file);
  if (integrity) checkIntegrity(integrity, await fileHash(file, integrity.algorithm), where);
  if (isSingleFile(name)) {
    const content = await readFile(file);
    new UnpackBudget(tools.limits(), where).take(1, content.length);
    const single: TreeFile = {
      path: name,
      executable: false,
      size: content.length,
      source: { kind: 'content', content },
    };
    return { tree: { files: [single], dependencies: undefined }, fingerprint, unchecked: undefined };
  }
  const limits = tools.limits();
  const folder = await makeFolder();
  const options = { file, folder, fs: tools.fs, limits, where, ...(signal ? { signal } : {}) };
  const { files, root } = await unpackArchive(options);
  const own = files.filter((entry) => !entry.path.startsWith('node_modules/'));
  const budget = new UnpackBudget(limits, where);
  budget.take(own.length, sizeOf(own));
  const tree = await complete(own, { folder: root, origin: 'archive', budget }, request, tools);
  return { tree, fingerprint, unchecked: undefined };
}

async function fromNpm(
  { name, range }: Extract<Place, { kind: 'npm' }>,
  request: GatherRequest,
  tools: GatherTools,
): Promise<Gathered> {
  const { integrity, where } = request;
  const { home, fs, dependencies } = tools;
  const found = await fetchNpmPackage(dependencies, { ...request, name, range, home, fs });
  const said = integrity && hashOf(found.integrity, integrity.algorithm);
  if (integrity && said !== undefined) checkIntegrity(integrity, said, where);
  const budget = new UnpackBudget(tools.limits(), where);
  const own = listFolder(found.folder, 'package', budget).map((file) => ownFile(file));
  const { folder, boundary } = found;
  const tree = await complete(own, { folder, boundary, origin: 'installed', budget }, request, tools);
  return { tree, fingerprint: undefined, unchecked: said === undefined ? integrity : undefined };
}

function hashOf(integrity: string | undefined, algorithm: string): string | undefined {
  const prefix = `${algorithm}-`;
  return integrity
    ?.split(/\s+/)
    .find((part) => part.startsWith(prefix))
    ?.slice(prefix.length);
}

function sizeOf(files: readonly TreeFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}

/** Own files and dependencies as one tree. */
async function complete(
  own: readonly TreeFile[],
  from: Pick<DependencyRequest, 'folder' | 'boundary' | 'origin' | 'budget'>,
  request: GatherRequest,
  tools: GatherTools,
): Promise<Tree> {
  const sources: Tree = { files: own, dependencies: undefined };
  const file = packageFileOf(sources, request.where);
  request.signal?.throwIfAborted();
  const prepared = await tools.dependencies.prepare({ ...request, ...from, file });
  return prepared.kind === 'segment'
    ? { files: sortFiles(own), dependencies: prepared.segment }
    : { files: sortFiles([...own, ...prepared.files]), dependencies: undefined };
}

export function packageFileOf(tree: Tree, where: string): PackageFile {
  const text = readTreeFile(tree, PACKAGE);
  if (text === undefined) {
    throw new StaveError('STAVE_MANIFEST_MISSING', 'has no package.json', { where });
  }
  return readPackageFile(text, `${where}/${PACKAGE}`);
}

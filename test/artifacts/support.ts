import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ErrorCode, type Manifest, StaveError } from '@stave/api';
import { expect } from 'chai';
import {
  ArtifactStore,
  type ArtifactStoreOptions,
  type ManifestReader,
} from 'stave/artifacts/artifact-store.js';
import { DEFAULT_ARTIFACT_LIMITS } from 'stave/artifacts/limits.js';
import { Header } from 'tar';
import { withTemporaryFolder } from '../support/temporary.js';

/** Enough of a manifest to see who made it; the real reader belongs to another room. */
function manifest(name: string, version: string, isBundle: boolean): Manifest {
  return {
    name,
    version,
    description: undefined,
    isBundle,
    activator: undefined,
    components: undefined,
    imports: [],
    exports: [],
    provides: [],
    requires: [],
    config: {},
    startLevel: undefined,
    singleton: false,
    isolation: 'none',
    engine: undefined,
    loading: 'chunk',
  };
}

export const manifests: ManifestReader = {
  parse(packageJson, where, versionOf) {
    const json = packageJson as { name?: string; version?: string; stave?: { exports?: string[] } };
    if (!json.name || !json.version) {
      throw new StaveError('STAVE_MANIFEST_INVALID', 'needs a name and a version', { where });
    }
    const exports = (json.stave?.exports ?? []).map((name) => ({
      name,
      version: versionOf(name) ?? 'none',
      uses: [],
    }));
    return { ...manifest(json.name, json.version, json.stave !== undefined), exports };
  },
  singleFile: (fileName, content, digest) => ({
    ...manifest(fileName.replace(/\.[^.]+$/, ''), `0.0.0-d${digest.slice(0, 8)}`, true),
    description: content.split('\n')[0],
  }),
};

export interface Bench {
  readonly folder: string;
  readonly data: string;
  readonly home: string;
  /** A new store on the same folders, as after a restart. */
  open(options?: Partial<ArtifactStoreOptions>): ArtifactStore;
  readonly store: ArtifactStore;
}

/** Runs the body with a store in a fresh folder. */
export function withStore(
  body: (bench: Bench) => Promise<void>,
  options: Partial<ArtifactStoreOptions> = {},
): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    const home = join(folder, 'home');
    const data = join(home, 'data');
    mkdirSync(data, { recursive: true });
    const open = (more: Partial<ArtifactStoreOptions> = {}): ArtifactStore =>
      new ArtifactStore({
        data,
        roots: { installation: join(folder, 'installation'), home },
        manifests,
        limits: () => DEFAULT_ARTIFACT_LIMITS,
        ...options,
        ...more,
      });
    await body({ folder, data, home, open, store: open() });
  });
}

/** Writes files with their texts below a folder, objects as JSON, dated an hour ago, and returns the folder. */
export function write(folder: string, files: Readonly<Record<string, unknown>>): string {
  const earlier = Date.now() / 1000 - 3600;
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const bytes =
      typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
    writeFileSync(file, bytes);
    utimesSync(file, earlier, earlier);
  }
  return folder;
}

/** A small bundle. */
export function greeter(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    'package.json': { name: '@acme/greeter', version: '1.2.0', stave: {}, ...more },
    'src/activator.ts': 'export default { start() {} };\n',
  };
}

/** All files below a folder with their texts. */
export function contents(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found[file.slice(folder.length + 1)] = readFileSync(file, 'utf8');
  }
  return found;
}

export function paths(folder: string): string[] {
  return Object.keys(contents(folder)).sort();
}

/** What is in progress in the data folder; empty when nothing was left half done. */
export function leftovers(data: string): string[] {
  try {
    return readdirSync(join(data, 'staging'));
  } catch {
    return [];
  }
}

/** The error of a refused promise, which must have the code. */
export async function refusal(code: ErrorCode, promise: Promise<unknown>): Promise<StaveError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, 'the error').to.be.instanceOf(StaveError);
  expect((error as StaveError).code, String(error)).to.equal(code);
  return error as StaveError;
}

export interface CraftedEntry {
  readonly path: string;
  readonly content?: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  readonly mode?: number;
}

/** A tar as somebody evil, or merely careless, would make it. */
export function craftTar(entries: readonly CraftedEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath, mode = 0o644 }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      mode,
      size: body.length,
      type,
      mtime: new Date(0),
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    header.encode();
    const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
    return [header.block!, body, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

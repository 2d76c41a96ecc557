import type { ConfigurationWant, FileWant, Unmet, Want } from '@stave/api';
import { sha256 } from '../base/digest.js';
import type { ConfigurationEdit } from '../config/configuration-edit.js';
import type { HomeWrite, WrittenFile } from './state.js';

/** What the planner of files looks at. */
export interface FilesAsTheyAre {
  /** Where the configuration of a PID comes from now, if there is one. */
  readonly configuration: (pid: string) => 'file' | 'memory' | undefined;
  /** Where a PID has its file, relative to the home. */
  readonly configurationPath: (pid: string) => string;
  /** Digest of a file below the home; null when it is absent. */
  readonly digest: (path: string) => string | null;
}

export interface FilesPlan {
  readonly edits: readonly ConfigurationEdit[];
  /** Files that are no configurations. */
  readonly writes: readonly HomeWrite[];
  readonly written: readonly WrittenFile[];
  readonly notes: readonly string[];
  /** Configurations that cannot come into force, since etc/ has them too. */
  readonly unmet: readonly Unmet[];
  /** Why each PID and path is touched. */
  readonly reasons: ReadonlyMap<string, string>;
}

type BroughtWant = ConfigurationWant | FileWant;

function keyOf(want: BroughtWant): string {
  return want.kind === 'file'
    ? `file:${want.path}`
    : `${want.persist === 'memory' ? 'memory' : 'pid'}:${want.pid}`;
}

/**
 * Plans the configurations and files that claims bring: written once, when the claim appears, and only where there is none; taken
 * back on release when they are still byte for byte what was written.
 *
 * @param before what was written by earlier plans
 * @param again whether to write once more what a user has deleted
 */
export function planFiles(
  wants: readonly Want[],
  before: readonly WrittenFile[],
  files: FilesAsTheyAre,
  again = false,
): FilesPlan {
  const wanted = new Map<string, BroughtWant>();
  for (const want of wants)
    if (want.kind !== 'bundle' && !wanted.has(keyOf(want))) wanted.set(keyOf(want), want);
  const known = new Map(before.map((entry) => [entry.key, entry]));
  const edits: ConfigurationEdit[] = [];
  const writes: HomeWrite[] = [];
  const written: WrittenFile[] = [];
  const notes: string[] = [];
  const unmet: Unmet[] = [];
  const reasons = new Map<string, string>();
  for (const [key, want] of wanted) {
    const entry = known.get(key);
    if (want.kind === 'configuration' && want.persist === 'memory') {
      if (files.configuration(want.pid) === 'file') {
        unmet.push(...duplicate(want, files.configurationPath(want.pid)));
        continue;
      }
      const digest = sha256(JSON.stringify(want.properties));
      written.push({ key, digest, claims: want.claims });
      if (entry?.digest === digest) continue;
      edits.push(memoryEdit(want));
      reasons.set(want.pid, `brought by ${want.by}`);
    } else if (entry && !(again && isAbsent(want, files))) {
      written.push({ ...entry, claims: want.claims });
    } else {
      written.push({ key, digest: bring(want, files, edits, writes, reasons), claims: want.claims });
    }
  }
  for (const entry of before) {
    if (wanted.has(entry.key)) continue;
    const [kind, name] = split(entry.key);
    const path = kind === 'file' ? name : files.configurationPath(name);
    if (kind === 'memory') {
      if (files.configuration(name) === 'memory')
        edits.push({ pid: name, author: 'feature', kind: 'delete' });
    } else if (entry.digest === null) continue;
    else if (files.digest(path) === entry.digest) {
      reasons.set(kind === 'file' ? path : name, 'it is as it was brought, and nobody wants it any longer');
      if (kind === 'pid') edits.push({ pid: name, author: 'feature', kind: 'delete' });
      else writes.push({ path, before: entry.digest, after: null, content: null });
    } else if (files.digest(path) !== null) notes.push(`${path} stays: it was edited`);
  }
  return { edits, writes, written: written.sort((a, b) => (a.key < b.key ? -1 : 1)), notes, unmet, reasons };
}

function isAbsent(want: BroughtWant, files: FilesAsTheyAre): boolean {
  return want.kind === 'file'
    ? files.digest(want.path) === null
    : files.configuration(want.pid) === undefined;
}

function split(key: string): readonly [string, string] {
  const at = key.indexOf(':');
  return [key.slice(0, at), key.slice(at + 1)];
}

function duplicate(want: ConfigurationWant, path: string): readonly Unmet[] {
  const reason = `${want.by} brings the configuration ${want.pid}, but ${path} is there too; keep the PID in one place only`;
  return want.claims.map((claim) => ({ claim, code: 'STAVE_CONFIG_DUPLICATE', reason }));
}

function memoryEdit(want: ConfigurationWant): ConfigurationEdit {
  const author = want.by.startsWith('deploy:') ? (want.by as `deploy:${string}`) : 'feature';
  return { pid: want.pid, author, kind: 'replace', properties: want.properties, persist: 'memory' };
}

/** Adds what writes a new one; the digest of a plain file, or null when something is there. That of a configuration is filled in later. */
function bring(
  want: BroughtWant,
  files: FilesAsTheyAre,
  edits: ConfigurationEdit[],
  writes: HomeWrite[],
  reasons: Map<string, string>,
): string | null {
  if (want.kind === 'configuration') {
    if (files.configuration(want.pid) !== undefined) return null;
    edits.push({
      pid: want.pid,
      author: 'feature',
      kind: 'replace',
      properties: want.properties,
      persist: 'file',
    });
    reasons.set(want.pid, `brought by ${want.by}`);
    return PENDING;
  }
  if (files.digest(want.path) !== null) return null;
  const after = sha256(want.content);
  const content = Buffer.from(want.content);
  const text = content.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(content);
  writes.push(
    isText
      ? { path: want.path, before: null, after, content: text }
      : { path: want.path, before: null, after, content: content.toString('base64'), encoding: 'base64' },
  );
  reasons.set(want.path, `brought by ${want.by}`);
  return after;
}

/** Stands for the digest of a configuration whose text is not made yet. */
export const PENDING = 'pending';

/** Fills in the digests of configurations, once their texts are there. */
export function fillDigests(
  written: readonly WrittenFile[],
  writes: readonly HomeWrite[],
  configurationPath: (pid: string) => string,
): readonly WrittenFile[] {
  const digests = new Map(writes.map((write) => [write.path, write.after]));
  return written.map((entry) =>
    entry.digest === PENDING
      ? { ...entry, digest: digests.get(configurationPath(split(entry.key)[1])) ?? null }
      : entry,
  );
}

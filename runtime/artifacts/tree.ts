import { readFileSync } from 'node:fs';
import { StaveError } from '@stave/api';

/**
 * Where the bytes of a file are. `content`: in memory. `foreign`: in a file that others may write to, so it is copied.
 * `own`: in a file that nobody writes to any more, so it is linked.
 */
export type FileSource =
  | { readonly kind: 'content'; readonly content: Uint8Array }
  | { readonly kind: 'foreign'; readonly file: string; readonly mtimeNs: bigint }
  | { readonly kind: 'own'; readonly file: string };

/** A file of an artifact that is being made. */
export interface TreeFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly executable: boolean;
  readonly size: number;
  readonly source: FileSource;
}

/** All files below node_modules as they were tarred once. Their names are neighbours in byte order, so the bytes can be used again. */
export interface DependencySegment {
  /** File with the entries in canonical form, without the end of archive. */
  readonly tar: string;
  readonly files: readonly TreeFile[];
}

/** The files of an artifact; those below node_modules either among `files` or as a segment. */
export interface Tree {
  readonly files: readonly TreeFile[];
  readonly dependencies: DependencySegment | undefined;
}

/** Refuses names that not every tar reader takes for the same. */
export function checkName(path: string, where: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\0-\x1f\x7f]/.test(path)) return;
  throw new StaveError(
    'STAVE_ARCHIVE_INVALID',
    `${JSON.stringify(path)} has a control character in its name`,
    {
      where,
      remedy: 'rename the file',
    },
  );
}

export const DEPENDENCY_PREFIX = 'node_modules/';

/** Order of the canonical tar: by the bytes of the names. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function sortFiles(files: readonly TreeFile[]): TreeFile[] {
  return files
    .map((file) => ({ file, name: Buffer.from(file.path) }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
    .map(({ file }) => file);
}

export function allFiles(tree: Tree): readonly TreeFile[] {
  return tree.dependencies ? [...tree.files, ...tree.dependencies.files] : tree.files;
}

/** The text of a file of the tree; undefined when it has none of that name. */
export function readTreeFile(tree: Tree, path: string): string | undefined {
  const files =
    tree.dependencies && path.startsWith(DEPENDENCY_PREFIX) ? tree.dependencies.files : tree.files;
  const file = files.find((candidate) => candidate.path === path);
  if (!file) return undefined;
  return file.source.kind === 'content'
    ? Buffer.from(file.source.content).toString('utf8')
    : readFileSync(file.source.file, 'utf8');
}

import { readdir, stat } from 'node:fs/promises';

/** How a file in deploy/ is taken. */
export type FileKind =
  | { readonly kind: 'bundle'; readonly single: boolean }
  | { readonly kind: 'descriptor' }
  | { readonly kind: 'configuration' }
  /** Nothing that can be deployed: why. */
  | { readonly kind: 'unsupported'; readonly reason: string }
  /** Not meant for the node: editors' and copying programs' own files. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'gone' };

const IGNORED = [
  /^\./,
  /^README\.md$/i,
  /\.(tmp|part|partial|crdownload|download|filepart)$/i,
  // vim, emacs, JetBrains, and copies that editors keep
  /~$|^#.*#$|\.sw[a-z]$|^4913$|___jb_(tmp|old)___$|\.(bak|orig|rej)$/i,
  /^(Thumbs\.db|desktop\.ini)$/i,
];
const ARCHIVE = /\.(tgz|tar\.gz|zip)$/i;
const SOURCE = /\.(ts|js|mjs|cjs)$/;
const CONFIGURATION = /\.cfg(\.json)?$/;
const NOT_YET: Readonly<Record<string, string>> = {
  xml: 'descriptors in XML are not supported yet; write the descriptor in JSON',
  kar: 'feature archives are not supported yet; drop the descriptor, with the bundles beside it',
  jar: 'this is an archive of Java classes',
};

/** Whether a name in deploy/, or in a bundle folder there, never stands for anything. */
export function isIgnoredName(name: string): boolean {
  return IGNORED.some((pattern) => pattern.test(name));
}

/** What a file or folder is, by its name and a look at it. */
export async function classify(path: string, name: string): Promise<FileKind> {
  if (isIgnoredName(name)) return { kind: 'ignored' };
  const stats = await stat(path).catch(() => undefined);
  if (!stats) return { kind: 'gone' };
  if (stats.isDirectory()) return classifyFolder(path);
  if (!stats.isFile()) return { kind: 'unsupported', reason: 'this is neither a file nor a folder' };
  return classifyFile(name);
}

async function classifyFolder(path: string): Promise<FileKind> {
  const names = await readdir(path).catch(() => undefined);
  if (!names) return { kind: 'gone' };
  if (names.includes('package.json')) return { kind: 'bundle', single: false };
  return { kind: 'unsupported', reason: 'the folder has no package.json' };
}

function classifyFile(name: string): FileKind {
  if (CONFIGURATION.test(name)) return { kind: 'configuration' };
  if (name.endsWith('.json')) return { kind: 'descriptor' };
  if (ARCHIVE.test(name)) return { kind: 'bundle', single: false };
  if (/\.d\.ts$/.test(name)) return { kind: 'unsupported', reason: 'type declarations hold no code' };
  if (SOURCE.test(name)) return { kind: 'bundle', single: true };
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return { kind: 'unsupported', reason: NOT_YET[extension] ?? `nothing is known about ${name}` };
}

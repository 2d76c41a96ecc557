import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../base/digest.js';
import type { FileTrouble } from './configuration-edit.js';
import type { ConfigurationFormat } from './configuration-text.js';
import { fileKind } from './pid.js';

/** A configuration file as it was read. */
export interface EtcFile {
  readonly pid: string;
  readonly format: ConfigurationFormat;
  /** Null when it could not be read as text; `trouble` says why. */
  readonly text: string | null;
  readonly trouble?: FileTrouble;
}

/** What was taken up from a file before. */
export interface KnownFile {
  /** SHA-256 of its content; undefined when the values in force are not those of its content. */
  readonly digest: string | undefined;
  /** Its properties, where they are in force. */
  readonly keys: readonly string[];
}

/** Far above any real configuration; guards the node against a log or an image that got the wrong name. */
const MAX_BYTES = 1024 * 1024;

type Name = Pick<EtcFile, 'pid' | 'format'>;

function tooLarge(name: Name, size: number): EtcFile {
  const trouble = {
    code: 'STAVE_LIMIT_EXCEEDED',
    reason: `the file has ${size} bytes, at most ${MAX_BYTES} are read`,
    digest: `size ${size}`,
  } as const;
  return { ...name, text: null, trouble };
}

function unreadable(name: Name, error: unknown): EtcFile {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const trouble = {
    code: 'STAVE_STORAGE',
    reason: `the file cannot be read: ${code}`,
    digest: `error ${code}`,
  } as const;
  return { ...name, text: null, trouble };
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The line of the first byte that is no UTF-8: the text before it is. */
function badLine(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    line += 1;
    start = end + 1;
  }
  return line;
}

function decode(name: Name, bytes: Buffer): EtcFile {
  try {
    // A byte order mark is kept, for the file is written back byte for byte.
    return { ...name, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    const line = badLine(bytes);
    const trouble = {
      code: 'STAVE_CONFIG_SYNTAX',
      reason: `line ${line} is not UTF-8`,
      line,
      digest: sha256(bytes),
    } as const;
    return { ...name, text: null, trouble };
  }
}

/**
 * Reads one file of etc/.
 * @returns undefined when it is not there, is no configuration by its name, or is no file
 */
export async function readEtcFile(folder: string, fileName: string): Promise<EtcFile | undefined> {
  const name = fileKind(fileName);
  if (name.kind === 'ignored') return undefined;
  const { pid, format } = name;
  const path = join(folder, fileName);
  try {
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    if (found.size > MAX_BYTES) return tooLarge({ pid, format }, found.size);
    return decode({ pid, format }, await readFile(path));
  } catch (error) {
    return isGone(error) ? undefined : unreadable({ pid, format }, error);
  }
}

/** Reads all configurations of etc/ at once, sorted by file name; for the boot, where waiting for each file costs most. */
export function scanEtc(folder: string): EtcFile[] {
  return etcNames(folder).flatMap((fileName) => {
    const name = fileKind(fileName);
    if (name.kind === 'ignored') return [];
    const { pid, format } = name;
    const path = join(folder, fileName);
    try {
      const found = statSync(path);
      if (!found.isFile()) return [];
      return found.size > MAX_BYTES
        ? tooLarge({ pid, format }, found.size)
        : decode({ pid, format }, readFileSync(path));
    } catch (error) {
      return isGone(error) ? [] : unreadable({ pid, format }, error);
    }
  });
}

/** Names of the configurations in etc/, sorted; none when the folder is not there. */
export function etcNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => fileKind(name).kind === 'configuration')
      .sort();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The digest that tells one reading from another. */
export function digestOf(file: EtcFile): string {
  return file.trouble?.digest ?? sha256(file.text!);
}

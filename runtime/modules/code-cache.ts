import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from '../base/atomic-file.js';
import { WRAPPER_LINE_OFFSET } from './module-wrapper.js';

interface Entry {
  /** CRC of the source: V8 itself looks at its length only. */
  readonly source: number;
  readonly data: Buffer;
}

let fileName: string | undefined;

/** V8 refuses data of another version or other flags; a name of their own lets both live side by side. */
function codeCacheFile(folder: string): string {
  fileName ??= `code-${process.version}-${cachedDataVersionTag()}`;
  return join(folder, fileName);
}

/** First line the CRC of all that follows, second the table, then the data. */
function readEntries(path: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch {
    return entries;
  }
  const first = content.indexOf(10);
  if (first < 0 || crc32(content.subarray(first + 1)).toString(16) !== content.toString('latin1', 0, first))
    return entries;
  const second = content.indexOf(10, first + 1);
  const table = JSON.parse(content.toString('utf8', first + 1, second)) as [string, number, number][];
  let start = second + 1;
  for (const [name, source, length] of table) {
    entries.set(name, { source, data: content.subarray(start, start + length) });
    start += length;
  }
  return entries;
}

function encodeEntries(entries: ReadonlyMap<string, Entry>): Buffer {
  const table = JSON.stringify([...entries].map(([name, { source, data }]) => [name, source, data.length]));
  const rest = Buffer.concat([Buffer.from(`${table}\n`), ...[...entries.values()].map(({ data }) => data)]);
  return Buffer.concat([Buffer.from(`${crc32(rest).toString(16)}\n`), rest]);
}

/** V8's compiled code for the scripts of one module. It only saves time: what is missing, damaged or refused is compiled. */
export class CodeCache {
  readonly #path: string;
  #known: Map<string, Entry> | undefined;
  /** Scripts whose code is not in the file yet. */
  readonly #fresh = new Map<string, { readonly script: Script; readonly source: number }>();

  constructor(folder: string) {
    this.#path = codeCacheFile(folder);
  }

  /** The function that a wrapped source evaluates to. Throws a SyntaxError with the file name. */
  compile(name: string, source: string, crc: number, filename: string): (...args: unknown[]) => unknown {
    this.#known ??= readEntries(this.#path);
    const entry = this.#known.get(name);
    const cachedData = entry?.source === crc ? entry.data : undefined;
    const options = { filename, lineOffset: WRAPPER_LINE_OFFSET };
    const script = new Script(source, cachedData ? { ...options, cachedData } : options);
    if (!cachedData || script.cachedDataRejected) this.#fresh.set(name, { script, source: crc });
    return script.runInThisContext() as (...args: unknown[]) => unknown;
  }

  /** Lets go of what was read to compile with. */
  release(): void {
    this.#known = undefined;
  }

  get isFlushed(): boolean {
    return this.#fresh.size === 0;
  }

  /** Writes the code of new scripts, with all functions compiled by now. */
  async flush(): Promise<void> {
    if (this.isFlushed) return;
    const entries = readEntries(this.#path);
    for (const [name, { script, source }] of this.#fresh) {
      entries.set(name, { source, data: script.createCachedData() });
    }
    this.#fresh.clear();
    await writeFileAtomic(this.#path, encodeEntries(entries), { durable: false });
  }
}

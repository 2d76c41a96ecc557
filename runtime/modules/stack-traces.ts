import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import type { Disposable } from '@stave/api';
import { toDisposable } from '../base/disposable-store.js';

/** A script whose stack frames are shown in terms of its sources. */
export interface MappedScript {
  /** Folder that the sources of the map are relative to. */
  readonly root: string;
  /** Reads the source map; called at the first stack only. */
  readonly readMap: () => string;
}

interface Registered {
  readonly script: MappedScript;
  map: SourceMap | undefined | null;
  uses: number;
}

type Prepare = NonNullable<typeof Error.prepareStackTrace>;

/** Shows source lines in stacks of bundle code. Installed once for the process; stacks without such code are left alone. */
export class StackTraces {
  readonly #scripts = new Map<string, Registered>();
  #installed: Disposable | undefined;

  /** @param filename as the script was compiled with; may be added several times with the same content */
  add(filename: string, script: MappedScript): Disposable {
    this.#installed ??= this.#install();
    let entry = this.#scripts.get(filename);
    if (!entry) {
      entry = { script, map: undefined, uses: 0 };
      this.#scripts.set(filename, entry);
    }
    const registered = entry;
    registered.uses += 1;
    return toDisposable(() => {
      registered.uses -= 1;
      if (registered.uses === 0) this.#scripts.delete(filename);
    });
  }

  #install(): Disposable {
    const previous = Error.prepareStackTrace;
    const prepare: Prepare = (error, frames) => {
      const mapped = frames.some((frame) => this.#scripts.has(frame.getFileName() ?? ''));
      if (!mapped && previous) return previous(error, frames);
      return [headline(error), ...frames.map((frame) => `    at ${mapped ? this.#show(frame) : frame}`)].join(
        '\n',
      );
    };
    Error.prepareStackTrace = prepare;
    return toDisposable(() => {
      if (Error.prepareStackTrace !== prepare) return; // somebody came after us and may call us
      if (previous) Error.prepareStackTrace = previous;
      else Reflect.deleteProperty(Error, 'prepareStackTrace');
    });
  }

  #show(frame: NodeJS.CallSite): string {
    const text = String(frame);
    const filename = frame.getFileName();
    const line = frame.getLineNumber();
    const column = frame.getColumnNumber();
    if (!filename || line === null || column === null) return text;
    const position = this.sourcePosition(filename, line, column);
    return position === undefined ? text : text.replace(`${filename}:${line}:${column}`, () => position);
  }

  /** `path:line:column` in the sources, of a script that was added; undefined for code without a source, such as esbuild's helpers. */
  sourcePosition(filename: string, line: number, column: number): string | undefined {
    const entry = this.#scripts.get(filename);
    if (!entry) return undefined;
    if (entry.map === undefined) entry.map = parseMap(entry.script);
    const found = entry.map?.findEntry(line - 1, column - 1);
    if (!found || !('originalSource' in found)) return undefined;
    return `${join(entry.script.root, found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  }

  dispose(): void {
    this.#installed?.dispose();
    this.#installed = undefined;
    this.#scripts.clear();
  }
}

/** The first line as Node writes it, with the code of its own errors. */
function headline(error: unknown): string {
  try {
    const text = Error.prototype.toString.call(error);
    const { code, name } = error as NodeJS.ErrnoException;
    return typeof code === 'string' && code.startsWith('ERR_') && text.startsWith(`${name}:`)
      ? text.replace(name, () => `${name} [${code}]`)
      : text;
  } catch {
    return 'Error';
  }
}

/** Null for a map that cannot be read: stacks then show the compiled code. */
function parseMap(script: MappedScript): SourceMap | null {
  try {
    const { sourceRoot: _root, ...payload } = JSON.parse(script.readMap()) as SourceMapPayload;
    return new SourceMap(payload as SourceMapPayload);
  } catch {
    return null;
  }
}

/** `file:line:column`, relative to the root, of the first frame below a root; undefined when there is none. */
export function sourcePlace(error: unknown, root: string): string | undefined {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  const start = stack.indexOf(`${root}/`);
  return start < 0 ? undefined : /^[^\n()]*?:\d+:\d+/.exec(stack.slice(start + root.length + 1))?.[0];
}

import type { SourcePlace } from '../modules/module-loader.js';

/** A call on the stack of the main thread. */
export interface CallFrame {
  /** Name of the function; empty where it has none. */
  readonly name: string;
  /** Path of the script, or a name such as `node:fs`. */
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The bundle that a call belongs to; undefined for code of Node and of the runtime. */
export type FindBundle = (file: string, line: number, column: number) => SourcePlace | undefined;

/** Whose code keeps the main thread busy. */
export interface BlockingCode {
  /** Such as `by @acme/evil 1.0.0 (src/activator.ts:12:5)`. */
  readonly text: string;
  /** The bundles on the stack, each once, the one that was called last first. */
  readonly bundles: readonly SourcePlace[];
}

/** @param frames the innermost call first */
export function blockingCode(frames: readonly CallFrame[], findBundle: FindBundle): BlockingCode {
  const bundles = new Map<string, SourcePlace>();
  for (const { file, line, column } of frames) {
    const found = findBundle(file, line, column);
    if (found && !bundles.has(found.bundle)) bundles.set(found.bundle, found);
  }
  const found = [...bundles.values()];
  if (found.length === 0) return { text: `in ${describe(frames)}`, bundles: [] };
  const text = found.map(({ bundle, place }) => `by ${bundle} (${place})`).join(', called ');
  return { text, bundles: found };
}

function describe([innermost]: readonly CallFrame[]): string {
  if (!innermost) return 'code without a name';
  const place = `${innermost.file}:${innermost.line}:${innermost.column}`;
  return innermost.name === '' ? place : `${innermost.name} (${place})`;
}

/**
 * What client and node say to each other: one JSON object in a line, both ways. See the room's README.
 * Only builtins here: the client must start fast.
 */
export const PROTOCOL_VERSION = 1;

/** Characters of one line; a longer one ends the connection. */
export const MAX_FRAME = 1024 * 1024;

export type ClientFrame =
  | {
      readonly type: 'hello';
      readonly version: number;
      readonly cwd: string;
      readonly columns: number;
      readonly interactive: boolean;
      /** Older lines of the terminal, oldest first. */
      readonly history: readonly string[];
    }
  | { readonly type: 'run'; readonly id: number; readonly line: string }
  | { readonly type: 'abort' }
  | { readonly type: 'complete'; readonly id: number; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly yes: boolean }
  | { readonly type: 'resize'; readonly columns: number };

/** An error as a user sees it. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
}

export type ServerFrame =
  | { readonly type: 'hello'; readonly version: number; readonly node: string }
  | { readonly type: 'output' | 'error-output'; readonly text: string }
  | { readonly type: 'question'; readonly id: number; readonly text: string }
  | {
      readonly type: 'done';
      readonly id: number;
      readonly status: number;
      readonly error?: ErrorText;
      /** Whether the session has ended: `logout`. */
      readonly closed: boolean;
    }
  | {
      readonly type: 'candidates';
      readonly id: number;
      readonly candidates: readonly string[];
      readonly replace: number;
    }
  | ({ readonly type: 'error' } & ErrorText);

export function encodeFrame(frame: ClientFrame | ServerFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

/** What a line says; undefined when it is no JSON object. */
export function decodeFrame(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A checked frame of a client; undefined for garbage. */
export function readClientFrame(line: string): ClientFrame | undefined {
  const frame = decodeFrame(line);
  if (!frame) return undefined;
  const { type, id } = frame;
  if (type === 'hello') return readHello(frame);
  if (type === 'abort') return { type };
  if (type === 'resize') return isColumns(frame.columns) ? { type, columns: frame.columns } : undefined;
  if (typeof id !== 'number') return undefined;
  if (type === 'run' && typeof frame.line === 'string') return { type, id, line: frame.line };
  if (type === 'complete' && typeof frame.text === 'string') return { type, id, text: frame.text };
  if (type === 'answer' && typeof frame.yes === 'boolean') return { type, id, yes: frame.yes };
  return undefined;
}

function readHello(frame: Readonly<Record<string, unknown>>): ClientFrame | undefined {
  const { version, cwd, columns, interactive, history = [] } = frame;
  if (typeof version !== 'number' || typeof cwd !== 'string' || typeof interactive !== 'boolean')
    return undefined;
  if (!isColumns(columns) || !Array.isArray(history)) return undefined;
  if (!history.every((line): line is string => typeof line === 'string')) return undefined;
  return { type: 'hello', version, cwd, columns, interactive, history };
}

function isColumns(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 100_000;
}

import type { ErrorText } from './protocol.js';

/** What became of a line. */
export interface LineResult {
  /** 0 done, 1 failed, 2 wrong usage. */
  readonly status: number;
  readonly error: ErrorText | undefined;
  /** Whether the session has ended with it. */
  readonly closed: boolean;
}

/** Told what a running line says and asks. */
export interface LineHandlers {
  output(text: string): void;
  errorOutput(text: string): void;
  /** The answer to a yes-or-no question. */
  question(text: string): Promise<boolean>;
}

/** A node that runs lines: in another process behind its socket, or in this one. One line at a time. */
export interface ConsoleConnection {
  /** Name of the node. */
  readonly node: string;
  /** Rejects when the node goes away meanwhile. */
  run(line: string, handlers: LineHandlers): Promise<LineResult>;
  /** Aborts the running line; its result then says so. */
  abort(): void;
  complete(text: string): Promise<{ readonly candidates: readonly string[]; readonly replace: number }>;
  resize(columns: number): void;
  close(): void;
  /** Resolves when the node is gone. */
  readonly gone: Promise<void>;
}

/** What stands before the cursor: `stave@root()> `. */
export function promptOf(node: string): string {
  return `stave@${node}()> `;
}

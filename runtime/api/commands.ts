import type { JsonValue } from './disposable.js';
import { serviceToken } from './token.js';

export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
  /** Takes all remaining words; only the last argument may. */
  readonly many?: boolean;
  /** Suggestions for completion. */
  complete?(prefix: string): readonly string[] | Promise<readonly string[]>;
}

export interface OptionSpec {
  /** Long name, without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly description: string;
  /** Whether a value follows; without it the option is a switch. */
  readonly value?: string;
}

/** A list, shown as a table or, with `--json`, as an array of objects whose fields are the column names in camelCase. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** Shown instead of an empty table. */
  readonly empty?: string;
}

/** Values between commands, and options by their long names. */
export interface Invocation {
  readonly arguments: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** The text that a pipe brings. */
  readonly input: string;
  readonly session: Session;
  /** Aborted by Ctrl-C, or when the client goes. */
  readonly signal: AbortSignal;
  /** Writes text as it comes; a command that ends at once may return it instead. */
  write(text: string): void;
}

/** One terminal, client or script. */
export interface Session {
  /** Folder that relative paths are relative to. */
  readonly cwd: string;
  readonly columns: number;
  readonly interactive: boolean;
  readonly variables: Map<string, string>;
  readonly aliases: Map<string, string>;
  readonly history: readonly string[];
  /** Asks a yes-or-no question; false where nobody can answer. */
  confirm(question: string): Promise<boolean>;
  /** Ends the session after the running command. */
  close(): void;
}

/**
 * A console command. Register it as a service under the token of the same name; it is there as long as the service is.
 * `execute` returns text, a table, or nothing.
 */
export interface Command {
  readonly scope: string;
  readonly name: string;
  /** One line, without a final stop. */
  readonly description: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  execute(invocation: Invocation): CommandResult | Promise<CommandResult>;
}
// biome-ignore lint/suspicious/noConfusingVoidType: an author's `execute` may simply return nothing
export type CommandResult = string | Table | undefined | void;
export const Command = serviceToken<Command>('stave.Command', 1);

/** Finds and runs commands. */
export interface Commands {
  list(): readonly Command[];
  /** Runs one line; output goes to `write`. Rejects with a StaveError when a command fails. */
  execute(
    line: string,
    session: Session,
    io: { readonly signal: AbortSignal; write(text: string): void },
  ): Promise<void>;
  /** Completions for the text before the cursor, with the length of the word that they replace. */
  complete(
    text: string,
    session: Session,
  ): Promise<{ readonly candidates: readonly string[]; readonly replace: number }>;
}
export const Commands = serviceToken<Commands>('stave.Commands', 1);

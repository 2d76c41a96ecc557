import {
  Command,
  type CommandResult,
  type Commands,
  type Invocation,
  type Services,
  type Session,
  StaveError,
  type Table,
  toStaveError,
} from '@stave/api';
import { abortedError, untilAborted } from './abort.js';
import { findCommand, fullName, sortCommands } from './command-lookup.js';
import { type Completion, completeLine } from './completion.js';
import { Evaluator, type Frame } from './evaluator.js';
import { helpText } from './help-text.js';
import { type ParsedArguments, parseArguments } from './parse-arguments.js';
import { parse } from './parser.js';
import { tableJson } from './table-json.js';
import { tableText } from './table-text.js';

/** Where a line's output goes. */
export interface LineOutput {
  readonly signal: AbortSignal;
  write(text: string): void;
  /** Told errors that the line itself handles with `||`; default: nobody. */
  writeError?(text: string): void;
}

/** The commands are the services under the token `Command`: each is there as long as its service is. */
export class CommandRegistry implements Commands {
  readonly #services: Pick<Services, 'all'>;

  constructor(services: Pick<Services, 'all'>) {
    this.#services = services;
  }

  list(): readonly Command[] {
    return sortCommands(this.#services.all(Command));
  }

  /** Rejects with a StaveError, whatever a command throws. */
  async execute(line: string, session: Session, io: LineOutput): Promise<void> {
    const evaluator = new Evaluator(session, (words, frame) => this.#invoke(words, frame, session));
    const frame: Frame = {
      input: '',
      signal: io.signal,
      terminal: session.interactive,
      write: (text) => io.write(text),
      writeError: (text) => io.writeError?.(text),
    };
    await evaluator.run(parse(line), frame);
  }

  complete(text: string, session: Session): Promise<Completion> {
    return completeLine(text, this.list(), session);
  }

  async #invoke(words: readonly string[], frame: Frame, session: Session): Promise<void> {
    const command = findCommand(this.list(), words[0]!);
    const parsed = parseArguments(command, words.slice(1));
    if (parsed.help) {
      frame.write(helpText(command));
      return;
    }
    const result = await run(command, parsed, frame, session);
    const text = resultText(result, parsed.json, frame.terminal ? session.columns : undefined);
    if (text !== '') frame.write(text);
  }
}

async function run(
  command: Command,
  parsed: ParsedArguments,
  frame: Frame,
  session: Session,
): Promise<CommandResult> {
  let ended = false;
  const invocation: Invocation = {
    arguments: parsed.arguments,
    options: parsed.options,
    input: frame.input,
    session,
    signal: frame.signal,
    write(text) {
      // What an aborted command still says belongs to nobody.
      if (!ended) frame.write(text);
    },
  };
  try {
    return await untilAborted(
      Promise.resolve().then(() => command.execute(invocation)),
      frame.signal,
    );
  } catch (error) {
    throw toCommandError(error, command, frame.signal);
  } finally {
    ended = true;
  }
}

function toCommandError(error: unknown, command: Command, signal: AbortSignal): StaveError {
  if (signal.aborted && !(error instanceof StaveError)) return abortedError(error);
  return toStaveError(error, 'STAVE_COMMAND_FAILED', fullName(command));
}

function resultText(result: CommandResult, json: boolean, columns: number | undefined): string {
  if (isTable(result)) return json ? tableJson(result) : tableText(result, columns);
  if (typeof result !== 'string') return '';
  if (json) return `${JSON.stringify(result)}\n`;
  return result === '' || result.endsWith('\n') ? result : `${result}\n`;
}

/** Commands come from bundles, which may be written without types. */
function isTable(result: unknown): result is Table {
  const table = result as Partial<Table> | undefined | null;
  return typeof table === 'object' && Array.isArray(table?.columns) && Array.isArray(table?.rows);
}

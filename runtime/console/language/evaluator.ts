import { type Session, StaveError } from '@stave/api';
import { throwIfAborted } from './abort.js';
import { parse } from './parser.js';
import type { Part, Pipeline, Script, SimpleCommand, Word } from './syntax.js';

/** Where a command reads from and writes to. */
export interface Frame {
  /** The text that a pipe brings. */
  readonly input: string;
  readonly signal: AbortSignal;
  /** Whether the output goes to the user's terminal, not into a pipe or a variable. */
  readonly terminal: boolean;
  write(text: string): void;
  /** Told errors that `||` passes over. */
  writeError(text: string): void;
}

/** Runs one command with its words expanded; the first is its name. */
export type Invoke = (words: readonly string[], frame: Frame) => Promise<void>;

/** Characters that a pipe, a `$(…)` or an expanded word may carry. */
const MAX_TEXT = 16 * 1024 * 1024;
/** Commands that one line may run, aliases and `$(…)` included: they can multiply. */
const MAX_COMMANDS = 10_000;
/** After so many commands other work of the node gets its turn. */
const TURN = 100;

/** Evaluates scripts for one run of a line. */
export class Evaluator {
  readonly #session: Pick<Session, 'variables' | 'aliases'>;
  readonly #invoke: Invoke;
  #commands = 0;

  constructor(session: Pick<Session, 'variables' | 'aliases'>, invoke: Invoke) {
    this.#session = session;
    this.#invoke = invoke;
  }

  /** Rejects with the error of the first step whose failure nothing handles; later steps are not run. */
  run(script: Script, frame: Frame): Promise<void> {
    return this.#script(script, frame, []);
  }

  /** @param expanding aliases that are being replaced; they are not replaced again */
  async #script(script: Script, frame: Frame, expanding: readonly string[]): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (const step of script) {
      if (step.when === 'always' && failure) break;
      if (step.when === 'success' && failure) continue;
      if (step.when === 'failure') {
        if (!failure) continue;
        frame.writeError(`${String(failure.error)}\n`);
      }
      failure = undefined;
      try {
        await this.#pipeline(step.pipeline, frame, expanding);
      } catch (error) {
        if (frame.signal.aborted) throw error;
        failure = { error };
      }
    }
    if (failure) throw failure.error;
  }

  async #pipeline(pipeline: Pipeline, frame: Frame, expanding: readonly string[]): Promise<void> {
    let input = frame.input;
    for (const command of pipeline.slice(0, -1))
      input = await collect(frame, input, (inner) => this.#command(command, inner, expanding));
    await this.#command(pipeline.at(-1)!, { ...frame, input }, expanding);
  }

  async #command(command: SimpleCommand, frame: Frame, expanding: readonly string[]): Promise<void> {
    await this.#count(frame.signal);
    if (command.kind === 'assignment') {
      const values = await this.#expand(command.value, frame, expanding, false);
      this.#session.variables.set(command.name, values[0] ?? '');
      return;
    }
    const alias = this.#aliasOf(command.words[0]!, expanding);
    if (alias) {
      const replaced = appendWords(parse(alias.text), command.words.slice(1));
      return this.#script(replaced, frame, [...expanding, alias.name]);
    }
    const words: string[] = [];
    for (const word of command.words) words.push(...(await this.#expand(word, frame, expanding, true)));
    if (words.length > 0) await this.#invoke(words, frame);
  }

  async #count(signal: AbortSignal): Promise<void> {
    this.#commands += 1;
    if (this.#commands > MAX_COMMANDS)
      throw new StaveError('STAVE_LIMIT_EXCEEDED', `the line runs more than ${MAX_COMMANDS} commands`, {
        remedy: 'write it in several lines, and check its aliases',
      });
    if (this.#commands % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  }

  #aliasOf(word: Word, expanding: readonly string[]): { name: string; text: string } | undefined {
    const part = word.parts[0];
    if (word.parts.length !== 1 || part?.kind !== 'text' || part.quoted) return undefined;
    const text = this.#session.aliases.get(part.text);
    return text === undefined || expanding.includes(part.text) ? undefined : { name: part.text, text };
  }

  /** The words that a written word becomes: unquoted variables and outputs are split at blanks and may vanish. */
  async #expand(
    word: Word,
    frame: Frame,
    expanding: readonly string[],
    split: boolean,
  ): Promise<readonly string[]> {
    const words: string[] = [];
    let current: string | undefined;
    let length = 0;
    for (const part of word.parts) {
      const text = await this.#text(part, frame, expanding);
      length += text.length;
      checkLength(length);
      if (part.kind === 'text' || part.quoted || !split) {
        current = (current ?? '') + text;
        continue;
      }
      const [first = '', ...rest] = text.split(/\s+/);
      if (first !== '') current = (current ?? '') + first;
      for (const next of rest) {
        if (current !== undefined) words.push(current);
        current = next === '' ? undefined : next;
      }
    }
    if (current !== undefined) words.push(current);
    return words;
  }

  async #text(part: Part, frame: Frame, expanding: readonly string[]): Promise<string> {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'variable') return this.#session.variables.get(part.name) ?? '';
    const output = await collect(frame, '', (inner) => this.#script(part.script, inner, expanding));
    return output.replace(/\n+$/, '');
  }
}

/** Runs with the output going into a text. */
async function collect(frame: Frame, input: string, run: (inner: Frame) => Promise<void>): Promise<string> {
  const chunks: string[] = [];
  let length = 0;
  const write = (text: string): void => {
    length += text.length;
    checkLength(length);
    chunks.push(text);
  };
  await run({ ...frame, input, terminal: false, write });
  return chunks.join('');
}

function checkLength(length: number): void {
  if (length <= MAX_TEXT) return;
  throw new StaveError('STAVE_LIMIT_EXCEEDED', `a text in the line has more than ${MAX_TEXT} characters`, {
    remedy: 'narrow it down, for instance with head',
  });
}

/** The words go to the last command, as if they had been written behind the text of the alias. */
function appendWords(script: Script, words: readonly Word[]): Script {
  const step = script.at(-1);
  const command = step?.pipeline.at(-1);
  if (!step || command?.kind !== 'call' || words.length === 0) return script;
  const longer: SimpleCommand = { kind: 'call', words: [...command.words, ...words] };
  return [...script.slice(0, -1), { ...step, pipeline: [...step.pipeline.slice(0, -1), longer] }];
}

import { StaveError } from '@stave/api';
import type { Part, Pipeline, Script, SimpleCommand, Step, Word } from './syntax.js';
import { type Operator, type Token, type TokenPart, tokenize } from './tokenizer.js';

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=/;
const WHEN: Readonly<Record<string, Step['when']>> = {
  ';': 'always',
  '\n': 'always',
  '&&': 'success',
  '||': 'failure',
};

/** Reads one or more lines of commands. Throws `STAVE_COMMAND_SYNTAX`, never anything else. */
export function parse(text: string): Script {
  return parseTokens(tokenize(text));
}

function parseTokens(tokens: readonly Token[]): Script {
  const steps: Step[] = [];
  let commands: SimpleCommand[] = [];
  let words: Word[] = [];
  let when: Step['when'] = 'always';
  /** The operator that still needs something after it. */
  let open: Operator | undefined;

  const endCommand = (operator: Operator): boolean => {
    if (words.length === 0) return false;
    commands.push(toCommand(words));
    words = [];
    open = operator;
    return true;
  };
  const endPipeline = (operator: Operator): boolean => {
    if (!endCommand(operator)) return false;
    steps.push({ when, pipeline: commands satisfies Pipeline });
    commands = [];
    return true;
  };

  for (const token of tokens) {
    if (token.kind === 'word') {
      words.push({ parts: token.parts.map(toPart) });
      continue;
    }
    const operator = token.text;
    const ended = operator === '|' ? endCommand(operator) : endPipeline(operator);
    if (ended) {
      if (operator !== '|') when = WHEN[operator]!;
      continue;
    }
    // Empty lines and stray semicolons are harmless; after && || | a line may be broken.
    const binding = open === '&&' || open === '||' || open === '|';
    if (operator === '\n' || (operator === ';' && !binding)) continue;
    throw syntaxError(`nothing stands before ${operator}`, 'write a command there');
  }
  const last = open;
  if (!endPipeline('\n') && (last === '&&' || last === '||' || last === '|'))
    throw syntaxError(`nothing follows ${last}`, 'write a command there');
  return steps;
}

function toCommand(words: readonly Word[]): SimpleCommand {
  const first = words[0]!.parts[0];
  const match = first?.kind === 'text' && !first.quoted ? ASSIGNMENT.exec(first.text) : null;
  if (first?.kind !== 'text' || !match) return { kind: 'call', words };
  if (words.length > 1)
    throw syntaxError(`a word follows the assignment of ${match[1]}`, 'quote a value that contains blanks');
  const rest = { ...first, text: first.text.slice(match[0].length) };
  return {
    kind: 'assignment',
    name: match[1]!,
    value: { parts: [rest, ...words[0]!.parts.slice(1)] },
  };
}

function toPart(part: TokenPart): Part {
  return part.kind === 'output'
    ? { kind: 'output', script: parseTokens(part.tokens), quoted: part.quoted }
    : part;
}

function syntaxError(sentence: string, remedy: string): StaveError {
  return new StaveError('STAVE_COMMAND_SYNTAX', sentence, { remedy });
}

/** What stands before the cursor. */
export interface CompletionPoint {
  /** Finished words of the command that the cursor is in; its name first. */
  readonly words: readonly string[];
  /** The unfinished word, without quotes. */
  readonly prefix: string;
  /** How many characters of the text it takes, quotes included. */
  readonly length: number;
  /** Whether it is the name of a variable after `$`. */
  readonly variable: boolean;
}

interface Open {
  words: string[];
  word: string | undefined;
  start: number;
}

/** Finds the command and the word that the end of a text is in. Takes any text, finished or not. */
export function scanForCompletion(text: string): CompletionPoint {
  const outer: Open[] = [];
  let current: Open = { words: [], word: undefined, start: 0 };
  let quote: string | undefined;
  const add = (character: string, at: number): void => {
    if (current.word === undefined) current.start = at;
    current.word = (current.word ?? '') + character;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (quote === "'" && character !== "'") add(character, at);
    else if (character === '\\') {
      add(text[at + 1] ?? '', at);
      at += 1;
    } else if (character === '$' && text[at + 1] === '(') {
      add('', at);
      outer.push(current);
      current = { words: [], word: undefined, start: 0 };
      at += 1;
    } else if (character === quote) quote = undefined;
    else if (quote !== undefined) add(character, at);
    else if (character === '"' || character === "'") {
      quote = character;
      add('', at);
    } else if (character === ')' && outer.length > 0) current = outer.pop()!;
    else if (/[;&|\n]/.test(character)) current = { words: [], word: undefined, start: 0 };
    else if (/\s/.test(character)) {
      if (current.word !== undefined) current.words.push(current.word);
      current.word = undefined;
    } else add(character, at);
  }
  const variable = /\$(?:[A-Za-z_][A-Za-z0-9_]*)?$/.exec(text);
  if (variable && quote !== "'")
    return {
      words: current.words,
      prefix: variable[0].slice(1),
      length: variable[0].length - 1,
      variable: true,
    };
  const started = current.word !== undefined;
  return {
    words: current.words,
    prefix: current.word ?? '',
    length: started ? text.length - current.start : 0,
    variable: false,
  };
}

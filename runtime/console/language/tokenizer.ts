import { StaveError } from '@stave/api';

/** A piece of a word as it is written; the tokens between `$(` and `)` are not yet parsed. */
export type TokenPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'output'; readonly tokens: readonly Token[]; readonly quoted: boolean };

export type Operator = ';' | '\n' | '&&' | '||' | '|';

export type Token =
  | { readonly kind: 'word'; readonly parts: readonly TokenPart[] }
  | { readonly kind: 'operator'; readonly text: Operator };

/** Deeper `$(…)` is refused, so that no input can exhaust the stack. */
const MAX_DEPTH = 32;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /&&|\|\||[;\n|]/y;
const BLANK = /[ \t\r]/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  '"': '"',
  '\\': '\\',
  $: '$',
  '\n': '',
};

/** Cuts a text into words and operators. Throws `STAVE_COMMAND_SYNTAX` for a quote or bracket that is not closed. */
export function tokenize(text: string): readonly Token[] {
  return new Tokenizer(text).tokens(0);
}

class Tokenizer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** All tokens up to the end; inside `$(…)` up to the bracket that closes it. */
  tokens(depth: number): readonly Token[] {
    const tokens: Token[] = [];
    const opened = this.#at;
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= this.#text.length) {
        if (depth > 0) throw this.#unclosed('$(', opened - 2);
        return tokens;
      }
      if (depth > 0 && this.#peek() === ')') {
        this.#at += 1;
        return tokens;
      }
      const operator = this.#match(OPERATOR);
      if (operator !== undefined) tokens.push({ kind: 'operator', text: operator as Operator });
      else if (this.#peek() === '&') throw this.#backgroundRefused();
      else tokens.push({ kind: 'word', parts: this.#word(depth) });
    }
  }

  #word(depth: number): readonly TokenPart[] {
    const parts = new Parts();
    // Brackets inside a word belong to it, so that (a=1) and [1.0,2.0) need no quotes.
    let brackets = 0;
    while (this.#at < this.#text.length) {
      const character = this.#peek();
      if (BLANK.test(character) || character === '\n' || character === ';' || character === '|') break;
      if (character === '&' && this.#text[this.#at + 1] === '&') break;
      if (character === ')' && brackets === 0 && depth > 0) break;
      if (character === '(') brackets += 1;
      if (character === ')') brackets = Math.max(0, brackets - 1);
      if (character === "'") parts.text(this.#single(), true);
      else if (character === '"') this.#double(parts, depth);
      else if (character === '\\') this.#escape(parts);
      else if (character === '$') this.#dollar(parts, depth, false);
      else parts.text(this.#take(), false);
    }
    return parts.list();
  }

  #single(): string {
    const opened = this.#at;
    const end = this.#text.indexOf("'", opened + 1);
    if (end < 0) throw this.#unclosed("'", opened);
    this.#at = end + 1;
    return this.#text.slice(opened + 1, end);
  }

  #double(parts: Parts, depth: number): void {
    const opened = this.#at;
    this.#at += 1;
    parts.text('', true);
    for (;;) {
      if (this.#at >= this.#text.length) throw this.#unclosed('"', opened);
      const character = this.#peek();
      if (character === '"') break;
      if (character === '$') this.#dollar(parts, depth, true);
      else if (character === '\\') this.#escapeInQuotes(parts);
      else parts.text(this.#take(), true);
    }
    this.#at += 1;
  }

  #escape(parts: Parts): void {
    this.#at += 1;
    if (this.#at >= this.#text.length) parts.text('\\', true);
    else if (this.#peek() === '\n') this.#at += 1;
    else parts.text(this.#take(), true);
  }

  #escapeInQuotes(parts: Parts): void {
    this.#at += 1;
    if (this.#at >= this.#text.length) return;
    const character = this.#take();
    // An unknown escape keeps its backslash, so that "\d+" reaches grep as it is written.
    parts.text(ESCAPES[character] ?? `\\${character}`, true);
  }

  #dollar(parts: Parts, depth: number, quoted: boolean): void {
    const opened = this.#at;
    this.#at += 1;
    if (this.#peek() === '(') {
      if (depth >= MAX_DEPTH)
        throw syntaxError(`more than ${MAX_DEPTH} $(…) inside each other`, 'write it in several lines');
      this.#at += 1;
      parts.add({ kind: 'output', tokens: this.tokens(depth + 1), quoted });
      return;
    }
    const braced = this.#peek() === '{';
    if (braced) this.#at += 1;
    const name = this.#match(NAME);
    if (braced) {
      if (name === undefined || this.#peek() !== '}') throw this.#unclosed(braceText(name), opened);
      this.#at += 1;
    }
    if (name === undefined) parts.text('$', quoted);
    else parts.add({ kind: 'variable', name, quoted });
  }

  #skipBlanks(): void {
    for (;;) {
      while (this.#at < this.#text.length && BLANK.test(this.#peek())) this.#at += 1;
      if (this.#peek() === '#') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (this.#text.startsWith('\\\n', this.#at)) this.#at += 2;
      else return;
    }
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #take(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unclosed(what: string, opened: number): StaveError {
    return syntaxError(`${what} at character ${opened + 1} is not closed`);
  }

  #backgroundRefused(): StaveError {
    return syntaxError(
      `& at character ${this.#at + 1} stands alone`,
      'write && to run a command after another; commands in the background are not supported',
    );
  }
}

/** Joins neighbouring texts of one kind. */
class Parts {
  readonly #parts: TokenPart[] = [];
  #pending: string[] = [];
  #quoted = false;

  text(text: string, quoted: boolean): void {
    if (quoted !== this.#quoted) this.#flush();
    this.#quoted = quoted;
    this.#pending.push(text);
  }

  add(part: TokenPart): void {
    this.#flush();
    this.#parts.push(part);
  }

  list(): readonly TokenPart[] {
    this.#flush();
    return this.#parts;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#parts.push({ kind: 'text', text: this.#pending.join(''), quoted: this.#quoted });
    this.#pending = [];
  }
}

function braceText(name: string | undefined): string {
  return `\${${name ?? ''}`;
}

function syntaxError(sentence: string, remedy?: string): StaveError {
  return new StaveError('STAVE_COMMAND_SYNTAX', sentence, remedy === undefined ? {} : { remedy });
}

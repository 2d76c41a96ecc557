import { StaveError } from '@stave/api';

/** An LDAP filter, read. */
export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly operand: FilterNode }
  | { readonly kind: 'present'; readonly name: string }
  | {
      readonly kind: 'compare';
      readonly name: string;
      readonly operator: '=' | '~=' | '>=' | '<=';
      readonly value: string;
    }
  /** The texts between the stars; the first and the last may be empty. */
  | { readonly kind: 'substring'; readonly name: string; readonly pieces: readonly string[] };

/** Filters nested deeper are refused, so that no input exhausts the stack. */
const DEEPEST = 200;

/** Throws `STAVE_FILTER_INVALID` with the position, counted from 1. */
export function parseFilter(text: string): FilterNode {
  const reader = new FilterReader(text);
  const node = reader.filter(0);
  reader.end();
  return node;
}

class FilterReader {
  #at = 0;

  constructor(readonly text: string) {}

  filter(depth: number): FilterNode {
    if (depth > DEEPEST) throw this.#error('it is nested too deep');
    this.#blanks();
    this.#expect('(');
    this.#blanks();
    const node = this.#content(depth);
    this.#blanks();
    this.#expect(')');
    this.#blanks();
    return node;
  }

  end(): void {
    if (this.#at < this.text.length) throw this.#error('nothing may follow the closing parenthesis');
  }

  #content(depth: number): FilterNode {
    switch (this.text[this.#at]) {
      case '&':
        return { kind: 'and', operands: this.#operands(depth) };
      case '|':
        return { kind: 'or', operands: this.#operands(depth) };
      case '!':
        this.#at++;
        return { kind: 'not', operand: this.filter(depth + 1) };
      default:
        return this.#comparison();
    }
  }

  #operands(depth: number): FilterNode[] {
    this.#at++;
    const operands = [this.filter(depth + 1)];
    while (this.text[this.#at] === '(') operands.push(this.filter(depth + 1));
    return operands;
  }

  #comparison(): FilterNode {
    const name = this.#name();
    const operator = this.#operator();
    const pieces = this.#pieces(operator === '=');
    if (pieces.length === 1) return { kind: 'compare', name, operator, value: pieces[0]! };
    if (pieces.length === 2 && pieces[0] === '' && pieces[1]!.trim() === '') return { kind: 'present', name };
    return { kind: 'substring', name, pieces };
  }

  #name(): string {
    const start = this.#at;
    while (this.#at < this.text.length && !'=<>~()'.includes(this.text[this.#at]!)) this.#at++;
    const name = this.text.slice(start, this.#at).trim();
    if (name === '') throw this.#error('the name of a property is expected');
    return name;
  }

  #operator(): '=' | '~=' | '>=' | '<=' {
    for (const operator of ['=', '~=', '>=', '<='] as const) {
      if (!this.text.startsWith(operator, this.#at)) continue;
      this.#at += operator.length;
      return operator;
    }
    throw this.#error('=, ~=, >= or <= is expected');
  }

  /** The value, split at the stars that are not escaped; stars split only where they are wildcards. */
  #pieces(wildcards: boolean): string[] {
    const pieces: string[] = [];
    let piece = '';
    for (; this.#at < this.text.length; this.#at++) {
      const char = this.text[this.#at]!;
      if (char === ')') return [...pieces, piece];
      if (char === '(') throw this.#error('write \\( for a parenthesis in a value');
      if (char === '*' && wildcards) {
        pieces.push(piece);
        piece = '';
      } else if (char === '\\') {
        this.#at++;
        piece += this.text[this.#at] ?? '';
      } else {
        piece += char;
      }
    }
    throw this.#error('the closing parenthesis is missing');
  }

  #blanks(): void {
    while (this.#at < this.text.length && this.text[this.#at]!.trim() === '') this.#at++;
  }

  #expect(char: '(' | ')'): void {
    if (this.text[this.#at] !== char) throw this.#error(`${char} is expected`);
    this.#at++;
  }

  #error(what: string): StaveError {
    const position = Math.min(this.#at, this.text.length) + 1;
    return new StaveError(
      'STAVE_FILTER_INVALID',
      `the filter "${this.text}" is wrong at position ${position}: ${what}`,
      {
        details: { filter: this.text, position },
      },
    );
  }
}

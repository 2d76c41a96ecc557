/** Where a JSON text stops being JSON. */
export class BadJson extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'BadJson';
    this.offset = offset;
  }
}

/** Offsets of one member of the top-level object: `key` to `keyEnd`, `value` to `valueEnd`, blanks around them. */
export interface MemberSpan {
  readonly start: number;
  readonly key: number;
  readonly keyEnd: number;
  readonly value: number;
  readonly valueEnd: number;
  /** Of the comma or brace behind it. */
  readonly end: number;
}

const BLANKS = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids these within strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Deeper values are refused, so that no file can exhaust the stack. */
const MAX_DEPTH = 200;

/** Walks one JSON text. */
class Scanner {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  skipBlanks(): void {
    this.#match(BLANKS);
  }

  peek(): string | undefined {
    return this.#text[this.at];
  }

  expect(char: string): void {
    if (this.peek() !== char) this.fail(`expected ${JSON.stringify(char)}`);
    this.at += 1;
  }

  string(): void {
    if (!this.#match(STRING)) this.fail('expected text in double quotes');
  }

  value(depth: number): void {
    if (depth > MAX_DEPTH) this.fail(`values are nested deeper than ${MAX_DEPTH}`);
    const char = this.peek();
    if (char === '"') this.string();
    else if (char === '{') this.members(depth);
    else if (char === '[') this.#elements(depth);
    else if (!this.#match(SCALAR)) this.fail('expected a JSON value');
  }

  members(depth: number): MemberSpan[] {
    const spans: MemberSpan[] = [];
    this.expect('{');
    let start = this.at;
    this.skipBlanks();
    if (this.peek() === '}') {
      this.at += 1;
      return spans;
    }
    for (;;) {
      this.skipBlanks();
      const key = this.at;
      this.string();
      const keyEnd = this.at;
      this.skipBlanks();
      this.expect(':');
      this.skipBlanks();
      const value = this.at;
      this.value(depth + 1);
      const valueEnd = this.at;
      this.skipBlanks();
      spans.push({ start, key, keyEnd, value, valueEnd, end: this.at });
      if (this.peek() === '}') break;
      this.expect(',');
      start = this.at;
    }
    this.at += 1;
    return spans;
  }

  fail(message: string): never {
    const found = this.peek();
    throw new BadJson(
      `${message}, found ${found === undefined ? 'the end' : JSON.stringify(found)}`,
      this.at,
    );
  }

  #elements(depth: number): void {
    this.expect('[');
    this.skipBlanks();
    if (this.peek() === ']') {
      this.at += 1;
      return;
    }
    for (;;) {
      this.skipBlanks();
      this.value(depth + 1);
      this.skipBlanks();
      if (this.peek() === ']') break;
      this.expect(',');
    }
    this.at += 1;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (!match) return false;
    this.at += match[0].length;
    return true;
  }
}

/**
 * Finds the members of the object that a JSON text consists of. `open` is the offset of its brace, `close` of the last one.
 * @throws BadJson
 */
export function scanObject(text: string): { members: readonly MemberSpan[]; open: number; close: number } {
  const scanner = new Scanner(text);
  scanner.skipBlanks();
  const open = scanner.at;
  const members = scanner.members(0);
  const close = scanner.at - 1;
  scanner.skipBlanks();
  if (scanner.peek() !== undefined) scanner.fail('expected nothing more');
  return { members, open, close };
}

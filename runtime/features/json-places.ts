/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const SPACE = /[ \t\r\n]*/y;

/** A key as it stands in a JSON pointer. */
export function escapeToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Deeper nesting is no descriptor, and would exhaust the stack. */
const MAX_DEPTH = 100;

class Mistake {
  constructor(readonly offset: number) {}
}

/**
 * Where each value of a JSON text begins, by its JSON pointer (`/features/0/name`); or where the first mistake is.
 * JSON.parse tells neither, and its words for a mistake differ between versions of Node.
 */
export function locateJson(
  text: string,
): { readonly places: ReadonlyMap<string, number> } | { readonly mistake: number } {
  const places = new Map<string, number>();
  let offset = 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) offset += found.length;
    return found;
  };
  const sign = (): string | undefined => {
    match(SPACE);
    return text[offset];
  };
  const string = (): string => {
    if (sign() !== '"') throw new Mistake(offset);
    const start = offset;
    for (offset += 1; text[offset] !== '"'; offset += 1) {
      if (text[offset] === '\\') offset += 1;
      if (offset >= text.length || text[offset]! < ' ') throw new Mistake(Math.min(offset, text.length));
    }
    offset += 1;
    try {
      return JSON.parse(text.slice(start, offset)) as string;
    } catch {
      throw new Mistake(start);
    }
  };
  const list = (close: string, item: (index: number) => void): void => {
    offset += 1;
    if (sign() !== close) {
      for (let index = 0; ; index += 1) {
        item(index);
        if (sign() !== ',') break;
        offset += 1;
      }
    }
    if (sign() !== close) throw new Mistake(offset);
    offset += 1;
  };
  const value = (pointer: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw new Mistake(offset);
    const first = sign();
    places.set(pointer, offset);
    if (first === '{') {
      list('}', () => {
        const key = string();
        if (sign() !== ':') throw new Mistake(offset);
        offset += 1;
        value(`${pointer}/${escapeToken(key)}`, depth + 1);
      });
    } else if (first === '[') {
      list(']', (index) => value(`${pointer}/${index}`, depth + 1));
    } else if (first === '"') {
      string();
    } else if (match(SCALAR) === undefined) {
      throw new Mistake(offset);
    }
  };

  try {
    value('', 0);
    if (sign() !== undefined) throw new Mistake(offset);
    return { places };
  } catch (error) {
    if (error instanceof Mistake) return { mistake: error.offset };
    throw error;
  }
}

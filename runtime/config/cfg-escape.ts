/** A malformed `\uXXXX`. */
export class BadEscape extends Error {
  constructor(text: string) {
    super(`the escape ${JSON.stringify(text)} is not \\u with four hexadecimal digits`);
    this.name = 'BadEscape';
  }
}

const NAMED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(u.{0,4})|([\s\S]?))/g;

/** Resolves the escapes of a key or value as Java does. @throws BadEscape */
export function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (_whole, code?: string, bad?: string, other?: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (bad !== undefined) throw new BadEscape(`\\${bad}`);
    return other === undefined ? '' : (NAMED[other] ?? other);
  });
}

const LETTER: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
  '\\': '\\\\',
};
// Control characters, and halves of surrogate pairs, which UTF-8 cannot hold.
const UNSAFE = /[\p{Cc}\p{Cs}\\]/gu;

function escapeCommon(text: string): string {
  return text.replace(
    UNSAFE,
    (char) => LETTER[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

/** The text of a value, so that it reads back. */
export function escapeValue(value: string): string {
  const text = escapeCommon(value);
  return text.startsWith(' ') ? `\\${text}` : text;
}

/** The text of a key, so that it reads back. */
export function escapeKey(key: string): string {
  return escapeCommon(key)
    .replace(/[ =:]/g, (char) => `\\${char}`)
    .replace(/^[#!]/, (char) => `\\${char}`);
}

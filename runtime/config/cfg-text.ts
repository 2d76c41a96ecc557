import { type JsonValue, StaveError } from '@stave/api';
import { BadEscape, escapeKey, escapeValue, unescapeText } from './cfg-escape.js';
import { type LogicalLine, readLogicalLines } from './cfg-lines.js';

interface Property {
  readonly key: string;
  value: string;
  lead: string;
  raw: string;
  readonly line: number;
  dangling: boolean;
}

const BLANK = new Set([' ', '\t', '\f']);
const BYTE_ORDER_MARK = '\ufeff';

/** Key and value of a logical line, escapes untouched: the first unescaped blank, `=` or `:` parts them. */
function splitContent(content: string): [key: string, value: string] {
  let end = 0;
  while (end < content.length) {
    const char = content[end]!;
    if (char === '=' || char === ':' || BLANK.has(char)) break;
    end += char === '\\' ? 2 : 1;
  }
  let start = end;
  let separated = false;
  for (; start < content.length; start += 1) {
    const char = content[start]!;
    if (BLANK.has(char)) continue;
    if (separated || (char !== '=' && char !== ':')) break;
    separated = true;
  }
  return [content.slice(0, end), content.slice(start)];
}

function readProperty(line: LogicalLine, where: string): Property {
  const [key, value] = splitContent(line.content);
  try {
    return {
      key: unescapeText(key),
      value: unescapeText(value),
      lead: line.lead,
      raw: line.raw,
      line: line.line,
      dangling: line.dangling,
    };
  } catch (error) {
    if (!(error instanceof BadEscape)) throw error;
    throw new StaveError('STAVE_CONFIG_SYNTAX', `line ${line.line}: ${error.message}`, {
      where,
      details: { line: line.line },
    });
  }
}

/** Length of the header: all leading lines up to the last blank one. */
function headerLength(lead: string): number {
  const lines = lead.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  let length = 0;
  let header = 0;
  for (const line of lines) {
    length += line.length;
    if (line.trim() === '') header = length;
  }
  return header;
}

function lineEnd(raw: string): string {
  return /(?:\r\n|\r|\n)?$/.exec(raw)![0];
}

function writtenLine(key: string, value: string): string {
  const text = escapeValue(value);
  return `${escapeKey(key)} =${text === '' ? '' : ` ${text}`}`;
}

/**
 * A `.cfg` text without loss: read as Java reads it, written back with every untouched line byte for byte. Comments and blank
 * lines above a property belong to it; the leading ones up to the last blank line, and the trailing ones, to the file.
 */
export class CfgText {
  #header: string;
  #properties: Property[];
  #footer: string;
  readonly #newline: string;

  private constructor(header: string, properties: Property[], footer: string, newline: string) {
    this.#header = header;
    this.#properties = properties;
    this.#footer = footer;
    this.#newline = newline;
  }

  /** @throws STAVE_CONFIG_SYNTAX with `details.line` */
  static read(text: string, where: string): CfgText {
    // Editors on Windows put a mark in front that is no part of the first key.
    const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
    const { lines, tail } = readLogicalLines(text.slice(mark.length));
    const properties = lines.map((line) => readProperty(line, where));
    const newline = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
    const first = properties[0];
    if (!first) return new CfgText(mark + tail, [], '', newline);
    const length = headerLength(first.lead);
    const header = first.lead.slice(0, length);
    first.lead = first.lead.slice(length);
    return new CfgText(mark + header, properties, tail, newline);
  }

  values(): ReadonlyMap<string, string> {
    return new Map(this.#properties.map((property) => [property.key, property.value]));
  }

  line(key: string): number | undefined {
    return this.#last(key)?.line;
  }

  set(key: string, value: JsonValue): void {
    if (typeof value !== 'string') throw new TypeError('a .cfg file holds strings');
    const present = this.#last(key);
    if (!present) this.#append(key, value);
    else if (present.value !== value) {
      present.value = value;
      present.raw = writtenLine(key, value) + lineEnd(present.raw);
      present.dangling = false;
    }
  }

  remove(key: string): void {
    this.#properties = this.#properties.filter((property) => property.key !== key);
  }

  toString(): string {
    return (
      this.#header + this.#properties.map((property) => property.lead + property.raw).join('') + this.#footer
    );
  }

  #last(key: string): Property | undefined {
    return this.#properties.findLast((property) => property.key === key);
  }

  #append(key: string, value: string): void {
    const previous = this.#properties.at(-1);
    // Behind a continuation the new line would be read as a part of that value.
    if (previous?.dangling) {
      previous.raw = writtenLine(previous.key, previous.value) + lineEnd(previous.raw);
      previous.dangling = false;
    }
    let end = this.#newline;
    if (previous && lineEnd(previous.raw) === '') {
      previous.raw += this.#newline;
      end = '';
    } else if (!previous && this.#header !== '' && this.#header !== BYTE_ORDER_MARK) {
      if (lineEnd(this.#header) === '') this.#header += this.#newline;
    }
    const line = (this.#properties.at(-1)?.line ?? 0) + 1;
    this.#properties.push({
      key,
      value,
      lead: '',
      raw: writtenLine(key, value) + end,
      line,
      dangling: false,
    });
  }
}

import { isDeepStrictEqual } from 'node:util';
import { type JsonValue, StaveError } from '@stave/api';
import { BadJson, scanObject } from './json-scan.js';

/** A member of the object, in pieces that give the text when they are joined. */
interface Member {
  readonly key: string;
  value: JsonValue;
  readonly lead: string;
  /** Key, colon and blanks. */
  readonly head: string;
  text: string;
  trail: string;
  readonly line: number;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

/** A `.cfg.json` text without loss: its top-level keys are the properties; all that is not changed stays byte for byte. */
export class JsonText {
  readonly #before: string;
  #members: Member[];
  /** Between the braces when there is no member. */
  readonly #after: string;

  private constructor(before: string, members: Member[], after: string) {
    this.#before = before;
    this.#members = members;
    this.#after = after;
  }

  /** @throws STAVE_CONFIG_SYNTAX with `details.line` */
  static read(text: string, where: string): JsonText {
    const mark = text.startsWith('\ufeff') ? 1 : 0;
    const json = text.slice(mark);
    try {
      const { members, open, close } = scanObject(json);
      return new JsonText(
        text.slice(0, mark) + json.slice(0, open + 1),
        members.map((span) => ({
          key: JSON.parse(json.slice(span.key, span.keyEnd)) as string,
          value: JSON.parse(json.slice(span.value, span.valueEnd)) as JsonValue,
          lead: json.slice(span.start, span.key),
          head: json.slice(span.key, span.value),
          text: json.slice(span.value, span.valueEnd),
          trail: json.slice(span.valueEnd, span.end),
          line: lineAt(json, span.key),
        })),
        json.slice(close),
      );
    } catch (error) {
      if (!(error instanceof BadJson)) throw error;
      const line = lineAt(json, error.offset);
      throw new StaveError('STAVE_CONFIG_SYNTAX', `line ${line}: ${error.message}`, {
        where,
        details: { line },
      });
    }
  }

  values(): ReadonlyMap<string, JsonValue> {
    return new Map(this.#members.map((member) => [member.key, member.value]));
  }

  line(key: string): number | undefined {
    return this.#last(key)?.line;
  }

  set(key: string, value: JsonValue): void {
    const present = this.#last(key);
    if (!present) this.#append(key, value);
    else if (!isDeepStrictEqual(present.value, value)) {
      present.value = value;
      present.text = this.#written(value, present.lead);
    }
  }

  remove(key: string): void {
    const trail = this.#members.at(-1)?.trail;
    this.#members = this.#members.filter((member) => member.key !== key);
    const last = this.#members.at(-1);
    if (last && trail !== undefined) last.trail = trail;
  }

  toString(): string {
    const members = this.#members.map((member) => member.lead + member.head + member.text + member.trail);
    return this.#before + members.join(',') + this.#after;
  }

  #last(key: string): Member | undefined {
    return this.#members.findLast((member) => member.key === key);
  }

  #append(key: string, value: JsonValue): void {
    const last = this.#members.at(-1);
    const newline = /\r\n|\r|\n/.exec(this.#after)?.[0] ?? '\n';
    const lead = last ? last.lead : `${newline}  `;
    const colon = last ? last.head.slice(JSON.stringify(last.key).length) : ': ';
    const trail = last ? last.trail : newline;
    if (last) last.trail = '';
    const head = JSON.stringify(key) + (/^\s*:\s*$/.test(colon) ? colon : ': ');
    const line = (last?.line ?? 1) + 1;
    this.#members.push({ key, value, lead, head, text: this.#written(value, lead), trail, line });
  }

  /** A value over several lines where its member has a line of its own, indented like the file. */
  #written(value: JsonValue, lead: string): string {
    const own = /(\r\n|\r|\n)([ \t]*)$/.exec(lead);
    if (!own) return JSON.stringify(value);
    const [, newline, indent] = own as unknown as [string, string, string];
    return JSON.stringify(value, null, indent === '' ? 2 : indent).replaceAll('\n', newline + indent);
  }
}

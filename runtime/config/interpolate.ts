import { StaveError } from '@stave/api';

/** Where variables come from beside the file itself. */
export interface Variables {
  /** Such as `stave.home`; asked after the keys of the file. */
  readonly system: Readonly<Record<string, string>>;
  /** For `${env:NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All values of a file together, variables filled in; a file that doubles itself again and again is stopped here. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_DEPTH = 200;

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Fills in the variables of one file. Each key is worked out once. */
class Interpolation {
  readonly #raw: ReadonlyMap<string, string>;
  readonly #variables: Variables;
  readonly #done = new Map<string, string>();
  readonly #open = new Set<string>();
  #characters = 0;

  constructor(raw: ReadonlyMap<string, string>, variables: Variables) {
    this.#raw = raw;
    this.#variables = variables;
  }

  /** The value of a key, escapes untouched. */
  value(key: string): string {
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    if (this.#open.has(key)) {
      throw new StaveError('STAVE_CONFIG_RECURSIVE', `the value of ${key} refers to itself`, {
        details: { property: key },
      });
    }
    if (this.#open.size >= MAX_DEPTH) this.#tooMuch(key, `variables refer on more than ${MAX_DEPTH} times`);
    this.#open.add(key);
    const value = this.#expand(key, this.#raw.get(key)!);
    this.#open.delete(key);
    this.#done.set(key, value);
    return value;
  }

  /** One pass; innermost variables first. `parts` holds the text read inside each variable that is still open. */
  #expand(key: string, text: string): string {
    if (!text.includes('${')) return text;
    const parts = [''];
    let from = 0;
    const upTo = (end: number): void => {
      parts[parts.length - 1] += text.slice(from, end);
    };
    for (let at = 0; at < text.length; at += 1) {
      if (text.startsWith('${', at)) {
        upTo(at);
        parts.push('');
        at += 1;
        from = at + 1;
      } else if (text[at] === '}' && text[at - 1] !== '\\' && parts.length > 1) {
        upTo(at);
        from = at + 1;
        const value = this.#variable(parts.pop()!);
        this.#characters += value.length;
        if (this.#characters > MAX_CHARACTERS) {
          this.#tooMuch(key, `variables make more than ${MAX_CHARACTERS} characters`);
        }
        parts[parts.length - 1] += value;
      }
    }
    upTo(text.length);
    // What was never closed is text.
    return parts.join('${');
  }

  #variable(expression: string): string {
    const defaultAt = expression.lastIndexOf(':-');
    const alternativeAt = expression.lastIndexOf(':+');
    const found = [defaultAt, alternativeAt].filter((at) => at >= 0);
    const at = found.length === 0 ? expression.length : Math.min(...found);
    const value = this.#lookup(expression.slice(0, at)) ?? '';
    const operand = expression.slice(at + 2);
    if (at === expression.length) return value;
    if (at === defaultAt) return value === '' ? operand : value;
    return value === '' ? '' : operand;
  }

  #lookup(name: string): string | undefined {
    if (this.#raw.has(name)) return this.value(name);
    if (name.startsWith('env:')) return own(this.#variables.env, name.slice(4));
    return own(this.#variables.system, name);
  }

  #tooMuch(key: string, sentence: string): never {
    throw new StaveError('STAVE_LIMIT_EXCEEDED', `the value of ${key}: ${sentence}`, {
      remedy: 'make it simpler',
      details: { property: key },
    });
  }
}

/**
 * Fills in `${…}` in all values: keys of the same file, then system variables; `${env:NAME}`; `:-` and `:+`; `\{ \} \\` are text.
 * Unknown ones are empty.
 * @throws STAVE_CONFIG_RECURSIVE, STAVE_LIMIT_EXCEEDED with `details.property`
 */
export function interpolate(raw: ReadonlyMap<string, string>, variables: Variables): Map<string, string> {
  const interpolation = new Interpolation(raw, variables);
  return new Map([...raw.keys()].map((key) => [key, interpolation.value(key).replace(/\\([{}\\])/g, '$1')]));
}

/** A text that reads as exactly this value once variables are filled in. */
export function escapeVariables(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('${', '$\\{');
}

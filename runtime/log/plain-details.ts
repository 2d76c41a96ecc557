import type { JsonValue } from '@stave/api';

const DEPTH = 8;
const ENTRIES = 100;
const CHARACTERS = 32_000;

/**
 * Details of a record as plain data, whatever they are: errors with stack and causes, circles and what cannot be read
 * named as such, large things cut. Plain, so that the log holds on to no object of a bundle.
 */
export function plainDetails(details: unknown): JsonValue | undefined {
  if (details === undefined) return undefined;
  return new Plainer().plain(details, 0);
}

class Plainer {
  #left = CHARACTERS;
  /** The objects that the present one lies in. */
  readonly #above = new Set<object>();

  plain(value: unknown, depth: number): JsonValue {
    if (this.#left <= 0) return '…';
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'function':
        return '[function]';
      default:
        return String(value);
    }
  }

  #text(value: string): string {
    const cut = value.length > this.#left ? `${value.slice(0, this.#left)}…` : value;
    this.#left -= cut.length;
    return cut;
  }

  #object(value: object, depth: number): JsonValue {
    if (this.#above.has(value)) return '[circular]';
    if (depth >= DEPTH) return '[deep]';
    this.#above.add(value);
    try {
      return this.#content(value, depth);
    } catch {
      return '[unreadable]';
    } finally {
      this.#above.delete(value);
    }
  }

  #content(value: object, depth: number): JsonValue {
    if (value instanceof Error || isForeignError(value)) return this.#error(value as Error, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return this.#entries([...value].slice(0, ENTRIES), depth);
    if (Array.isArray(value) || value instanceof Set) return this.#list([...value], depth);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.plain(toJSON.call(value), depth + 1);
    return this.#entries(ownEntries(value), depth);
  }

  #error(error: Error, depth: number): JsonValue {
    const own = ownEntries(error).filter(([name]) => name !== 'name' && name !== 'stack');
    const { cause, errors } = error as { cause?: unknown; errors?: unknown };
    return this.#entries(
      [
        ['name', error.name],
        ['message', error.message],
        ['stack', error.stack],
        ...own,
        ['cause', cause],
        ['errors', errors],
      ],
      depth,
    );
  }

  #list(values: readonly unknown[], depth: number): JsonValue {
    const kept = values.slice(0, ENTRIES).map((value) => this.plain(value, depth + 1));
    return values.length > ENTRIES ? [...kept, `… ${values.length - ENTRIES} more`] : kept;
  }

  #entries(entries: readonly (readonly [unknown, unknown])[], depth: number): JsonValue {
    const result: Record<string, JsonValue> = {};
    for (const [name, value] of entries.slice(0, ENTRIES)) {
      if (value !== undefined) result[this.#text(String(name))] = this.plain(value, depth + 1);
    }
    if (entries.length > ENTRIES) result['…'] = `${entries.length - ENTRIES} more`;
    return result;
  }
}

/** Names with values; a getter that throws spoils only its own value. */
function ownEntries(value: object): readonly (readonly [string, unknown])[] {
  return Object.keys(value).map((name) => {
    try {
      return [name, (value as Record<string, unknown>)[name]];
    } catch {
      return [name, '[unreadable]'];
    }
  });
}

/** An error made in another realm. */
function isForeignError(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Error]';
}

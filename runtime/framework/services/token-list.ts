import { compileFilter } from '../../base/filter.js';
import { compareEntries, type ServiceEntry } from './service-entry.js';

/** A filter made from values, such as an id, must not fill the memory. */
const FILTERS_KEPT = 128;

interface FilteredList {
  readonly matches: ReturnType<typeof compileFilter>;
  readonly entries: ServiceEntry[];
}

/** The services of one token, best first, with the lists of those that match the filters asked for lately. */
export class TokenList {
  readonly name: string;
  readonly major: number;
  readonly entries: ServiceEntry[] = [];
  readonly #filtered = new Map<string, FilteredList>();

  constructor(name: string, major: number) {
    this.name = name;
    this.major = major;
  }

  /** Those that match, best first. Throws `STAVE_FILTER_INVALID`. */
  matching(filter: string): readonly ServiceEntry[] {
    const known = this.#filtered.get(filter);
    if (known) return known.entries;
    const matches = compileFilter(filter);
    const entries = this.entries.filter((entry) => matches(entry.reference.properties));
    if (this.#filtered.size >= FILTERS_KEPT) {
      const oldest = this.#filtered.keys().next();
      if (!oldest.done) this.#filtered.delete(oldest.value);
    }
    this.#filtered.set(filter, { matches, entries });
    return entries;
  }

  insert(entry: ServiceEntry): void {
    insertSorted(this.entries, entry);
    for (const list of this.#filtered.values()) {
      if (list.matches(entry.reference.properties)) insertSorted(list.entries, entry);
    }
  }

  /** To be called before the ranking of the entry changes: it is found by its order. */
  remove(entry: ServiceEntry): void {
    removeSorted(this.entries, entry);
    for (const list of this.#filtered.values()) removeSorted(list.entries, entry);
  }
}

/** Position of the first element that does not come before the entry. */
function lowerBound(entries: readonly ServiceEntry[], entry: ServiceEntry): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareEntries(entries[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertSorted(entries: ServiceEntry[], entry: ServiceEntry): void {
  entries.splice(lowerBound(entries, entry), 0, entry);
}

function removeSorted(entries: ServiceEntry[], entry: ServiceEntry): void {
  const index = lowerBound(entries, entry);
  if (entries[index] === entry) entries.splice(index, 1);
}

/** Keeps the newest items. */
export class Ring<T> {
  #items: T[] = [];
  #next = 0;
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A smaller ring loses its oldest items. */
  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    this.#items = this.newest(capacity);
    this.#next = 0;
    this.#capacity = capacity;
  }

  push(item: T): void {
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
    } else if (this.#capacity > 0) {
      this.#items[this.#next] = item;
      this.#next = (this.#next + 1) % this.#capacity;
    }
  }

  /** The newest items, oldest first. */
  newest(count: number = this.#capacity): T[] {
    const ordered = [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
    return count >= ordered.length ? ordered : ordered.slice(ordered.length - Math.max(0, count));
  }
}

import type { BootSpan } from '@stave/api';

interface OpenSpan {
  readonly name: string;
  milliseconds: number;
  readonly children: OpenSpan[];
}

/** Takes the times of the boot as a tree. */
export class BootClock {
  readonly #root: OpenSpan = { name: 'boot', milliseconds: 0, children: [] };
  #inside: OpenSpan = this.#root;

  /** Times a part of the boot; parts may be nested, but run one after the other. */
  async span<T>(name: string, body: () => T | Promise<T>): Promise<T> {
    const outer = this.#inside;
    const span: OpenSpan = { name, milliseconds: 0, children: [] };
    outer.children.push(span);
    this.#inside = span;
    const began = performance.now();
    try {
      return await body();
    } finally {
      span.milliseconds = performance.now() - began;
      this.#inside = outer;
    }
  }

  /** Adds a span that was timed elsewhere to the one that is open. */
  add(name: string, milliseconds: number): void {
    this.#inside.children.push({ name, milliseconds, children: [] });
  }

  /** Ends the boot. The time counts from the start of the process. */
  finish(): BootSpan {
    this.#root.children.unshift({
      name: 'node and runtime code',
      milliseconds: this.#startOfFirst(),
      children: [],
    });
    this.#root.milliseconds = performance.now();
    return this.#root;
  }

  #startOfFirst(): number {
    const known = this.#root.children.reduce((sum, span) => sum + span.milliseconds, 0);
    return Math.max(0, performance.now() - known);
  }
}

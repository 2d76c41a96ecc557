/** Cuts a stream of text into lines, and refuses one that is too long. */
export class LineReader {
  readonly #max: number;
  #pending: string[] = [];
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** The lines that are complete now; undefined when a line is longer than allowed. */
  push(text: string): readonly string[] | undefined {
    const pieces = text.split('\n');
    const lines: string[] = [];
    for (const [at, piece] of pieces.entries()) {
      this.#length += piece.length;
      if (this.#length > this.#max) return undefined;
      this.#pending.push(piece);
      if (at === pieces.length - 1) break;
      lines.push(this.#pending.join(''));
      this.#pending = [];
      this.#length = 0;
    }
    return lines;
  }
}

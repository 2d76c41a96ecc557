import { appendFileSync, chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Lines that are kept. */
const MAX_LINES = 1000;
/** Longer lines are not worth keeping. */
const MAX_LENGTH = 4000;

/** The lines that were typed, in `data/history`, for all terminals of a node. Nothing here fails: history is a comfort. */
export class HistoryFile {
  readonly #path: string;
  #lines: string[];

  constructor(path: string) {
    this.#path = path;
    this.#lines = readLines(path);
    if (this.#lines.length > MAX_LINES) this.#shorten();
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Not kept: what begins with a blank, what was just typed, what is very long. */
  add(line: string): void {
    if (line.startsWith(' ') || line === this.#lines.at(-1) || line.length > MAX_LENGTH) return;
    this.#lines.push(line);
    // Appending keeps the lines of several clients; rewriting would lose those of the others.
    quietly(() => appendFileSync(this.#path, `${line}\n`, { mode: 0o600 }));
  }

  #shorten(): void {
    this.#lines = this.#lines.slice(-MAX_LINES);
    quietly(() => {
      const temporary = `${this.#path}.${process.pid}.tmp`;
      writeFileSync(temporary, `${this.#lines.join('\n')}\n`, { mode: 0o600 });
      chmodSync(temporary, 0o600);
      renameSync(temporary, this.#path);
    });
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // a disk that is full or read only must not keep anybody from working
  }
}

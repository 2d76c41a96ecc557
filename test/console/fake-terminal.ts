import { PassThrough } from 'node:stream';
import { poll } from '../support/poll.js';

/** Streams in place of a terminal: what is typed goes in, what is shown is kept. */
export class FakeTerminal {
  readonly stdin: PassThrough & { isTTY?: boolean };
  readonly stdout = Object.assign(new PassThrough(), { columns: 200 });
  readonly stderr = new PassThrough();
  #shown = '';
  #errors = '';

  constructor(options: { readonly tty: boolean }) {
    this.stdin = Object.assign(new PassThrough(), { isTTY: options.tty });
    this.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
    });
    this.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  /** Without the control sequences of line editing. */
  get shown(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    return this.#shown.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  }

  get errors(): string {
    return this.#errors;
  }

  type(text: string): void {
    this.stdin.write(text);
  }

  /** Waits until a text is shown, and forgets all that was shown up to its end. */
  async see(text: string): Promise<void> {
    await poll(() => this.shown.includes(text), { what: `${JSON.stringify(text)} on the terminal` });
    const shown = this.shown;
    this.#shown = shown.slice(shown.indexOf(text) + text.length);
  }
}

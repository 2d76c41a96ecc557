import type { Deployment, Disposable, StaveError } from '@stave/api';
import type { ExclusiveName } from './exclusive-names.js';
import { Quiet } from './quiet.js';

/** How long a file must be left alone before it is looked at. */
const SETTLED = 10;
/** How long before a failure is told: a copy may only pause. */
const TOLD = 500;

/** What came of a look. */
export type Look =
  | { readonly kind: 'gone' }
  /** Its claims are made; they tell what became of them. */
  | { readonly kind: 'claimed'; readonly unmet: boolean }
  | {
      readonly kind: 'failed';
      readonly error: StaveError;
      readonly taken: Deployment['kind'];
      /** What may mend it beside a change of the file: a commit of another owner, or the release of a name. */
      readonly waitsFor: 'commit' | ExclusiveName | undefined;
    };

export interface DeployedFileParts {
  /** Brings the file's claims up to what the file is. Never rejects. */
  look(): Promise<Look>;
  /** Told when a look counts. */
  settled(look: Look): void;
}

/** One file or folder in deploy/. It is looked at after each change, one look at a time, so its gestures keep their order. */
export class DeployedFile implements Disposable {
  readonly name: string;
  readonly #parts: DeployedFileParts;
  readonly #quiet = new Quiet();
  #dirty = false;
  #running = false;
  #disposed = false;
  /** Undefined while it is being looked at. */
  #result: Look | undefined;

  constructor(name: string, parts: DeployedFileParts, result?: Look) {
    this.name = name;
    this.#parts = parts;
    this.#result = result;
  }

  get result(): Look | undefined {
    return this.#result;
  }

  touch(): void {
    if (this.#disposed) return;
    this.#dirty = true;
    this.#quiet.touch();
    if (!this.#running) void this.#run();
  }

  dispose(): void {
    this.#disposed = true;
    this.#quiet.dispose();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#dirty && !this.#disposed) {
      this.#result = undefined;
      if (!(await this.#quiet.lasts(SETTLED))) continue;
      this.#dirty = false;
      const look = await this.#parts.look();
      if (this.#dirty || this.#disposed) continue;
      const bad = look.kind === 'failed' || (look.kind === 'claimed' && look.unmet);
      if (bad && !(await this.#quiet.lasts(TOLD))) continue;
      this.#result = look;
      this.#parts.settled(look);
    }
    this.#running = false;
  }
}

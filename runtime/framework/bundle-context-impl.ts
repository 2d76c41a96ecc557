import { mkdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import {
  type Bundle,
  type BundleContext,
  type BundleTracker,
  type Disposable,
  type Logger,
  StaveError,
} from '@stave/api';
import type { OwnedServices } from './services/owned-services.js';

/** What a context needs of the framework. */
export interface ContextInit {
  readonly bundle: Bundle;
  readonly root: string;
  readonly log: Logger;
  readonly services: OwnedServices;
  readonly dataFolder: string;
  readonly trackBundles: (tracker: BundleTracker) => Disposable;
}

type Undo = () => void | Promise<void>;

/** The context of one start of a bundle. After `close` every use throws. */
export class BundleContextImpl implements BundleContext {
  readonly #init: ContextInit;
  readonly #controller = new AbortController();
  readonly #undos: Undo[] = [];
  #closed = false;

  constructor(init: ContextInit) {
    this.#init = init;
  }

  #check(): void {
    if (this.#closed) {
      throw new StaveError(
        'STAVE_CONTEXT_INVALID',
        `the context of ${this.#init.bundle.name} was used after its stop`,
      );
    }
  }

  get bundle(): Bundle {
    return this.#init.bundle;
  }
  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  get log(): Logger {
    return this.#init.log;
  }
  get services(): OwnedServices {
    this.#check();
    return this.#init.services;
  }
  get dataFolder(): string {
    this.#check();
    mkdirSync(this.#init.dataFolder, { recursive: true });
    return this.#init.dataFolder;
  }

  effect(perform: () => Undo): Disposable {
    this.#check();
    const undo: unknown = perform();
    if (typeof undo !== 'function') {
      throw new StaveError(
        'STAVE_CONTEXT_INVALID',
        'context.effect was given a function that returns no undo',
        {
          where: this.#init.bundle.name,
          remedy: 'return the undo: context.effect(() => { begin(); return () => end(); })',
        },
      );
    }
    return this.#undoLater(undo as Undo);
  }

  #undoLater(undo: Undo): Disposable {
    // While it stops, too: what was there to undo may have been looked through already.
    if (this.#controller.signal.aborted) {
      this.#run(undo);
      return { dispose: () => undefined };
    }
    this.#undos.push(undo);
    return {
      dispose: () => {
        const index = this.#undos.lastIndexOf(undo);
        if (index < 0) return;
        this.#undos.splice(index, 1);
        this.#run(undo);
      },
    };
  }

  #run(undo: Undo): void {
    const failed = (error: unknown): void => this.#init.log.warn('an effect could not be undone', error);
    try {
      Promise.resolve(undo()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  resource(path: string): string {
    this.#check();
    const target = resolve(this.#init.root, path);
    const inside = relative(this.#init.root, target);
    if (inside === '..' || inside.startsWith(`..${sep}`)) {
      throw new StaveError('STAVE_PATH_ESCAPE', `${path} lies outside the bundle ${this.#init.bundle.name}`, {
        remedy: 'name a path inside the bundle',
      });
    }
    return join(this.#init.root, inside);
  }

  trackBundles(tracker: BundleTracker): Disposable {
    this.#check();
    const tracking = this.#init.trackBundles(tracker);
    return this.#undoLater(() => tracking.dispose());
  }

  /** Tells the code that the end is near. */
  abort(): void {
    this.#controller.abort(new StaveError('STAVE_ABORTED', `${this.#init.bundle.name} is stopping`));
  }

  /** Undoes everything, last first; errors are logged. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.abort();
    await this.#init.services.close();
    for (const undo of this.#undos.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        this.#init.log.warn('an effect could not be undone', error);
      }
    }
    this.#closed = true;
  }
}

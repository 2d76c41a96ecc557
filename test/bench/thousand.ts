import { join } from 'node:path';
import { NodeProcess } from '../support/node-process.js';
import { generateBundles } from './generated-bundles.js';
import { clientTime } from './timed-process.js';

/** A home with many bundles. Its node is stopped. */
export interface ManyBundles {
  readonly home: string;
  /** How long `feature:install` took, from exec of the client to its end. */
  readonly installMilliseconds: number;
}

/** Makes homes with many generated bundles, each size once, since several rows need them. */
export class Thousand {
  readonly #folder: string;
  readonly #made = new Map<number, Promise<ManyBundles>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  with(count: number): Promise<ManyBundles> {
    const known = this.#made.get(count) ?? this.#make(count);
    this.#made.set(count, known);
    return known;
  }

  async #make(count: number): Promise<ManyBundles> {
    const descriptor = await generateBundles(join(this.#folder, `bundles-${count}`), count);
    const home = join(this.#folder, `home-${count}`);
    await using node = await NodeProcess.start({ home });
    await node.run('feature:repo-add', `file:${descriptor}`);
    const installMilliseconds = await clientTime(home, 'feature:install', 'many');
    await node.stop();
    return { home, installMilliseconds };
  }
}

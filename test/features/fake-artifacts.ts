import { createHash } from 'node:crypto';
import { type Artifacts, type FetchOptions, StaveError } from '@stave/api';

/** Artifacts over texts in memory. What was read once stays in its store, and can be had by digest. */
export class FakeArtifacts implements Pick<Artifacts, 'read' | 'resolve'> {
  readonly files = new Map<string, string>();
  readonly reads: string[] = [];
  readonly #store = new Map<string, Uint8Array>();

  resolve(location: string, base?: string): string {
    if (/^[a-z]+:/.test(location)) return location;
    if (base === undefined) throw new StaveError('STAVE_LOCATION_RELATIVE', `${location} is relative`);
    return new URL(location, base).href;
  }

  async read(location: string, options: FetchOptions = {}): Promise<{ content: Uint8Array; digest: string }> {
    this.reads.push(location);
    options.signal?.throwIfAborted();
    const stored = options.pinned === undefined ? undefined : this.#store.get(options.pinned);
    if (stored && options.pinned !== undefined) return { content: stored, digest: options.pinned };
    const text = this.files.get(location);
    if (text === undefined) {
      throw new StaveError('STAVE_LOCATION_NOT_FOUND', 'there is no such file', { where: location });
    }
    const content = new TextEncoder().encode(text);
    const digest = createHash('sha256').update(content).digest('hex');
    this.#store.set(digest, content);
    return { content, digest };
  }

  /** Puts a descriptor there. */
  describe(url: string, descriptor: object): void {
    this.files.set(url, JSON.stringify(descriptor));
  }
}

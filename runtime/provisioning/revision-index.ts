import { readFile } from 'node:fs/promises';
import type { Manifest } from '@stave/api';
import { writeFileAtomic } from '../base/atomic-file.js';
import type { ProvenCode, Revision } from '../framework/collaborators.js';
import type { CompiledModule } from '../modules/compiled-module.js';

export type CompiledRevision = Revision<CompiledModule>;

/** What is known of prepared and compiled artifacts; a cache in one file, so that a start reads it at once. */
export class RevisionIndex {
  readonly #path: string;
  /** Names the builder: what another one compiled does not count. */
  readonly #builder: string;
  readonly #revisions = new Map<string, CompiledRevision>();
  /** Keys of what ran to its end, by digest. */
  readonly #proven = new Map<string, Set<string>>();
  #dirty = false;

  constructor(path: string, builder: string) {
    this.#path = path;
    this.#builder = builder;
  }

  /** Reads the file; one that is missing or damaged is made again as revisions are added. */
  async load(): Promise<void> {
    try {
      const content = JSON.parse(await readFile(this.#path, 'utf8')) as {
        builder: string;
        revisions: CompiledRevision[];
        proven: Record<string, string[]>;
      };
      if (content.builder !== this.#builder) return;
      for (const revision of content.revisions) this.#revisions.set(revision.digest, revision);
      for (const [digest, keys] of Object.entries(content.proven)) this.#proven.set(digest, new Set(keys));
    } catch {
      this.#revisions.clear();
      this.#proven.clear();
    }
  }

  get(digest: string): CompiledRevision | undefined {
    return this.#revisions.get(digest);
  }

  manifest(digest: string): Manifest | undefined {
    return this.#revisions.get(digest)?.manifest;
  }

  /** What ran to its end before, of revisions that are known. */
  readonly proven: ProvenCode = {
    has: (digest, key) => this.#proven.get(digest)?.has(key) ?? false,
    add: (digest, key) => {
      const keys = this.#proven.get(digest) ?? new Set();
      if (keys.has(key)) return;
      this.#proven.set(digest, keys.add(key));
      this.#dirty = true;
    },
  };

  add(revision: CompiledRevision): void {
    this.#revisions.set(revision.digest, revision);
    this.#dirty = true;
  }

  delete(digest: string): void {
    this.#proven.delete(digest);
    if (this.#revisions.delete(digest)) this.#dirty = true;
  }

  /** Forgets revisions that are not named. */
  retain(digests: ReadonlySet<string>): void {
    for (const digest of this.#revisions.keys()) if (!digests.has(digest)) this.delete(digest);
  }

  /** Writes the file when something changed. It is a cache: a power cut may lose it. */
  async save(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    const content = {
      builder: this.#builder,
      revisions: [...this.#revisions.values()],
      proven: Object.fromEntries([...this.#proven].map(([digest, keys]) => [digest, [...keys]])),
    };
    await writeFileAtomic(this.#path, JSON.stringify(content), { durable: false });
  }
}

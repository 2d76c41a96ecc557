import { type Artifacts, StaveError } from '@stave/api';
import { CatalogView, type LoadedDescriptor } from './catalog-view.js';
import { parseDescriptor } from './descriptor.js';
import { type KnownSource, SourceFiles } from './source-files.js';

export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly update: ReadonlySet<string>;
  /** Digest in force of a repository, by its URL. */
  readonly pinned: (url: string) => string | undefined;
}

function decode(content: Uint8Array, url: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    throw new StaveError('STAVE_DESCRIPTOR_INVALID', 'the text is not UTF-8', { where: url, cause });
  }
}

/** The descriptors read in this run, by URL. What a plan may see of them is a view: that of the claimed repositories. */
export class Catalog {
  readonly #sources: SourceFiles<LoadedDescriptor>;
  #lastView: { readonly key: string; readonly view: CatalogView } | undefined;

  constructor(artifacts: Pick<Artifacts, 'read' | 'resolve'>) {
    this.#sources = new SourceFiles(artifacts, async (content, url) => {
      const descriptor = await parseDescriptor(decode(content, url), url);
      return {
        ...descriptor,
        urls: descriptor.repositories.map((location) => artifacts.resolve(location, url)),
      };
    });
  }

  /** Reads repositories and those that they lead to, unless they are known. One that fails does not hold up the others. */
  async load(urls: readonly string[], options: LoadOptions): Promise<void> {
    const seen = new Set<string>();
    const follow = async (url: string): Promise<void> => {
      if (seen.has(url)) return;
      seen.add(url);
      const { value } = await this.#sources.load(url, { ...options, pinned: options.pinned(url) });
      await Promise.all((value?.urls ?? []).map(follow));
    };
    await Promise.all(urls.map(follow));
  }

  get(url: string): KnownSource<LoadedDescriptor> | undefined {
    return this.#sources.get(url);
  }

  /** What the given repositories offer, with those that they lead to. The same for any order of the URLs. */
  view(urls: readonly string[]): CatalogView {
    const roots = [...new Set(urls)].sort();
    const key = `${this.#sources.generation}\n${roots.join('\n')}`;
    if (this.#lastView?.key !== key) {
      this.#lastView = { key, view: new CatalogView(roots, (url) => this.#sources.get(url)) };
    }
    return this.#lastView.view;
  }
}

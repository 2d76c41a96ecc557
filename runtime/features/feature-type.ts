import {
  type Artifacts,
  type Claim,
  type ExpandContext,
  type Expansion,
  type GatherContext,
  type ResourceType,
  StaveError,
  type Unmet,
} from '@stave/api';
import type { Catalog } from './catalog.js';
import { expandFeatures, type FeatureExpansion } from './feature-expansion.js';
import { parseFeatureReference } from './feature-reference.js';
import { pinnedRepository } from './repository-type.js';
import { SourceFiles } from './source-files.js';

const FILE_PIN = 'feature-file:';

/** Claims on features; the key is `name` or `name/range`, the value `{ start?: boolean }`. */
export class FeatureType implements ResourceType {
  readonly name = 'feature';
  readonly #catalog: Catalog;
  readonly #artifacts: Pick<Artifacts, 'read' | 'resolve'>;
  readonly #files: SourceFiles<true>;

  constructor(catalog: Catalog, artifacts: Pick<Artifacts, 'read' | 'resolve'>) {
    this.#catalog = catalog;
    this.#artifacts = artifacts;
    this.#files = new SourceFiles(artifacts, async (): Promise<true> => true);
  }

  check(claim: Claim): void {
    parseFeatureReference(claim.key);
    const { start } = claim.value;
    if (start === undefined || typeof start === 'boolean') return;
    throw new StaveError('STAVE_CLAIM_INVALID', `feature ${claim.key}: "start" must be true or false`);
  }

  /** Reads descriptors, and the configuration files of the features that are wanted. What fails is told by `expand`. */
  async gather(context: GatherContext): Promise<readonly Unmet[]> {
    const { signal, update, pins } = context;
    const urls = context.claimsOf('repository').map(({ key }) => key);
    await this.#catalog.load(urls, { signal, update, pinned: pinnedRepository(pins) });
    const asked = new Set<string>();
    // A file that cannot be had sets claims aside, and what is left may come down to other features with other files.
    for (;;) {
      const next = this.#expand(context).files.filter((location) => !asked.has(location));
      if (next.length === 0) return [];
      await Promise.all(
        next.map((location) => {
          asked.add(location);
          return this.#files.load(location, { signal, update, pinned: pins[`${FILE_PIN}${location}`] });
        }),
      );
    }
  }

  expand(context: ExpandContext): Expansion {
    const { files, ...expansion } = this.#expand(context);
    const pins: Record<string, string> = { ...expansion.pins };
    for (const location of files) {
      const digest = this.#files.get(location)?.file?.digest;
      if (digest !== undefined) pins[`${FILE_PIN}${location}`] = digest;
    }
    return { ...expansion, pins };
  }

  #expand({ claims, claimsOf, pins }: ExpandContext): FeatureExpansion {
    return expandFeatures({
      claims,
      pins,
      view: this.#catalog.view(claimsOf('repository').map(({ key }) => key)),
      resolve: (location, base) => this.#artifacts.resolve(location, base),
      fileAt: (location) => this.#files.get(location),
    });
  }
}

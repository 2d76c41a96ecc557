import { type Claim, type Disposable, type ResourceType, type ResourceTypes, StaveError } from '@stave/api';
import { toDisposable } from '../base/disposable-store.js';

/** The kinds of claims that are known. */
export class ResourceTypeRegistry implements ResourceTypes {
  readonly #types = new Map<string, ResourceType>();

  add(type: ResourceType): Disposable {
    if (this.#types.has(type.name)) throw new Error(`resource type ${type.name} is taken`);
    this.#types.set(type.name, type);
    return toDisposable(() => this.#types.delete(type.name));
  }

  get(name: string): ResourceType | undefined {
    return this.#types.get(name);
  }

  /** Sorted by name. */
  all(): readonly ResourceType[] {
    return [...this.#types.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws for a claim of an unknown type or a malformed one. */
  check(claim: Claim): void {
    const type = this.#types.get(claim.type);
    if (!type) {
      throw new StaveError('STAVE_CLAIM_INVALID', `there is no resource type "${claim.type}"`, {
        remedy: `use one of ${[...this.#types.keys()].sort().join(', ')}`,
      });
    }
    type.check(claim);
  }
}

import type { ReferenceDeclaration, ServiceReference, Services } from '@stave/api';

/** The services that an activation was given for one reference, best first. */
export interface Bound {
  readonly references: readonly ServiceReference[];
  readonly services: readonly unknown[];
  /** Better ones that gave no object, so that they are not waited for. */
  readonly passedOver: ReadonlySet<ServiceReference>;
}

/** Which services one declared reference takes, by cardinality, policy, option and target. */
export class ReferenceBinding {
  readonly declaration: ReferenceDeclaration;
  readonly multiple: boolean;
  readonly optional: boolean;
  readonly #services: Services;

  constructor(declaration: ReferenceDeclaration, services: Services) {
    this.declaration = declaration;
    this.#services = services;
    this.multiple = declaration.cardinality.endsWith('n');
    this.optional = declaration.cardinality.startsWith('0');
  }

  /** What it is called when it is missing: `acme.Clock@2 (zone=utc)`. */
  get title(): string {
    const { token, target } = this.declaration;
    return target === undefined ? token.key : `${token.key} ${target}`;
  }

  candidates(): readonly ServiceReference[] {
    const { token, target } = this.declaration;
    return target === undefined
      ? this.#services.references(token)
      : this.#services.references(token, { filter: target });
  }

  get satisfied(): boolean {
    return this.optional || this.candidates().length > 0;
  }

  resolve(reference: ServiceReference): unknown {
    return this.#services.resolve(reference);
  }

  /** The best of the candidates, or all; undefined when a mandatory reference finds none that gives an object. */
  choose(candidates: readonly ServiceReference[]): Bound | undefined {
    const references: ServiceReference[] = [];
    const services: unknown[] = [];
    const passedOver = new Set<ServiceReference>();
    for (const reference of candidates) {
      const service = this.resolve(reference);
      if (service === undefined) {
        passedOver.add(reference);
        continue;
      }
      references.push(reference);
      services.push(service);
      if (!this.multiple) break;
    }
    if (references.length === 0 && !this.optional) return undefined;
    return { references, services, passedOver };
  }

  /** What the parameter or field is given. */
  valueOf(bound: Bound): unknown {
    return this.multiple ? [...bound.services] : bound.services[0];
  }

  /** Whether what is bound no longer is what a static reference wants. */
  isOutdated(bound: Bound, candidates: readonly ServiceReference[]): boolean {
    const present = new Set(candidates);
    if (bound.references.some((reference) => !present.has(reference))) return true;
    if (this.declaration.option === 'reluctant') return false;
    const wanted = candidates.filter((reference) => !bound.passedOver.has(reference));
    return this.multiple
      ? wanted.length > bound.references.length
      : wanted.length > 0 && wanted[0] !== bound.references[0];
  }

  /** What a dynamic reference is to hold now: the same object when nothing is to change, undefined when it lacks a service. */
  follow(bound: Bound, candidates: readonly ServiceReference[]): Bound | undefined {
    if (this.multiple) {
      return sameSequence(bound.references, candidates) ? bound : this.choose(candidates);
    }
    const [current] = bound.references;
    const keeps =
      current !== undefined &&
      candidates.includes(current) &&
      (this.declaration.option === 'reluctant' || candidates[0] === current);
    return keeps ? bound : this.choose(candidates);
  }
}

function sameSequence(a: readonly ServiceReference[], b: readonly ServiceReference[]): boolean {
  return a.length === b.length && a.every((reference, index) => reference === b[index]);
}

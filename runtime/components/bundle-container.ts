import type { ComponentDeclaration } from '@stave/api';
import type { Container } from 'inversify';
import type { ComponentClass } from './parts.js';

type Inversify = typeof import('inversify');

/** inversify's names for what a class is given. */
interface ClassSites {
  readonly self: symbol;
  /** In the order of the declared references, the ComponentContext last. */
  readonly values: readonly symbol[];
}

/** inversify's metadata stay with the class, which outlives its container when the bundle is stopped and started. */
const described = new WeakMap<ComponentClass, ClassSites>();

/**
 * The inversify container of one bundle: built once, nothing is bound afterwards. What an activation is given are bindings
 * that read the present activation, so that inversify plans each class once; a child container for each activation would
 * plan anew, 500 times slower.
 */
export class BundleContainer {
  readonly #inversify: Inversify;
  readonly #container: Container;
  /** Of the activation that is being made; making an object is synchronous. */
  #present: readonly unknown[] = [];

  constructor(inversify: Inversify) {
    this.#inversify = inversify;
    this.#container = new inversify.Container();
  }

  /** Takes up a class; all are to be bound before the first object is made. Throws what inversify has against the class. */
  bind(target: ComponentClass, declaration: ComponentDeclaration): void {
    const sites = describe(this.#inversify, target, declaration);
    this.#container.bind(sites.self).to(target).inTransientScope();
    for (const [index, site] of sites.values.entries()) {
      this.#container
        .bind(site)
        .toDynamicValue(() => this.#present[index])
        .inTransientScope();
    }
  }

  /** Makes an object of a class with its references, in the order of their declarations, and the ComponentContext last. */
  construct(target: ComponentClass, values: readonly unknown[]): object {
    const sites = described.get(target);
    if (!sites) throw new Error(`${target.name} is not bound`);
    // A constructor may register a service, and with that make another component.
    const outer = this.#present;
    this.#present = values;
    try {
      return this.#container.get<object>(sites.self);
    } finally {
      this.#present = outer;
    }
  }
}

function describe(
  inversify: Inversify,
  target: ComponentClass,
  declaration: ComponentDeclaration,
): ClassSites {
  const known = described.get(target);
  if (known) return known;
  const { decorate, inject } = inversify;
  decorate(inversify.injectable(), target);
  const values = declaration.references.map(({ token, site }) => {
    const symbol = Symbol(token.key);
    if (site.kind === 'parameter') decorate(inject(symbol), target, site.index);
    else decorate(inject(symbol) as PropertyDecorator, target, site.name);
    return symbol;
  });
  const context = Symbol('ComponentContext');
  if (declaration.contextParameter !== undefined) {
    decorate(inject(context), target, declaration.contextParameter);
  }
  const sites = { self: Symbol(declaration.name), values: [...values, context] };
  described.set(target, sites);
  return sites;
}

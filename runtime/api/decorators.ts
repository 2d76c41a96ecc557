import type {
  ComponentDeclaration,
  ComponentOptions,
  ReferenceDeclaration,
  ReferenceOptions,
} from './component.js';
import type { ServiceToken } from './token.js';

type Constructor = abstract new (...args: never[]) => object;
type MethodRole = 'activate' | 'modified' | 'deactivate';

/** What the decorators of one class have said so far. */
interface Draft {
  options: ComponentOptions | undefined;
  references: ReferenceDeclaration[];
  contextParameter: number | undefined;
  methods: Partial<Record<MethodRole, string | symbol>>;
}

const drafts = new WeakMap<object, Draft>();

function draftOf(target: object): Draft {
  let draft = drafts.get(target);
  if (!draft) {
    draft = { options: undefined, references: [], contextParameter: undefined, methods: {} };
    drafts.set(target, draft);
  }
  return draft;
}

function referenceDeclaration(
  token: ServiceToken<unknown>,
  options: ReferenceOptions,
  site: ReferenceDeclaration['site'],
): ReferenceDeclaration {
  return {
    token,
    cardinality: options.cardinality ?? '1..1',
    policy: options.policy ?? 'static',
    option: options.option ?? 'reluctant',
    target: options.target,
    site,
  };
}

/** Marks a class as a component. The class must be exported by the module named by `stave.components`. */
export function component(options: ComponentOptions = {}): ClassDecorator {
  return (target) => {
    draftOf(target).options = options;
  };
}

/** Marks a constructor parameter or a field as a reference to a service. A dynamic one must be a field. */
export function reference(
  token: ServiceToken<unknown>,
  options: ReferenceOptions = {},
): ParameterDecorator & PropertyDecorator {
  return (target: object, name: string | symbol | undefined, index?: number): void => {
    if (typeof index === 'number') {
      draftOf(target).references.push(referenceDeclaration(token, options, { kind: 'parameter', index }));
    } else if (name !== undefined) {
      draftOf(target.constructor).references.push(
        referenceDeclaration(token, options, { kind: 'field', name }),
      );
    }
  };
}

/** Marks the constructor parameter that receives the ComponentContext. */
export function componentContext(): ParameterDecorator {
  return (target, _name, index) => {
    draftOf(target).contextParameter = index;
  };
}

function method(role: MethodRole): MethodDecorator {
  return (target, name) => {
    draftOf(target.constructor).methods[role] = name;
  };
}

/** Marks the method called when all is there; the service is registered after its promise resolved. */
export const activate: MethodDecorator = method('activate');
/** Marks the method called with a changed configuration; without one the component is made anew. */
export const modified: MethodDecorator = method('modified');
/** Marks the method called before the instance is let go. */
export const deactivate: MethodDecorator = method('deactivate');

/** A reference of the function twin: the options, the token and where the service goes. */
export type ReferenceSpec = ReferenceOptions & { readonly token: ServiceToken<unknown> };

/** The function twin of the decorators, for plain JavaScript. */
export interface ComponentSpec extends ComponentOptions {
  /** References for the constructor's parameters, in order; `'context'` stands for the ComponentContext. */
  readonly parameters?: readonly (ReferenceSpec | 'context')[];
  /** References for fields. */
  readonly fields?: Readonly<Record<string, ReferenceSpec>>;
  readonly activate?: string;
  readonly modified?: string;
  readonly deactivate?: string;
}

/** Declares a component without decorators; returns the class. */
export function defineComponent<C extends Constructor>(target: C, spec: ComponentSpec = {}): C {
  const draft = draftOf(target);
  draft.options = spec;
  draft.references = [];
  for (const [index, entry] of (spec.parameters ?? []).entries()) {
    if (entry === 'context') draft.contextParameter = index;
    else draft.references.push(referenceDeclaration(entry.token, entry, { kind: 'parameter', index }));
  }
  for (const [name, entry] of Object.entries(spec.fields ?? {})) {
    draft.references.push(referenceDeclaration(entry.token, entry, { kind: 'field', name }));
  }
  for (const role of ['activate', 'modified', 'deactivate'] as const) {
    const name = spec[role];
    if (name !== undefined) draft.methods[role] = name;
  }
  return target;
}

/** The declaration of a class, or undefined when it is no component. Inherited members count, own ones win. */
export function componentDeclaration(target: unknown): ComponentDeclaration | undefined {
  if (typeof target !== 'function') return undefined;
  const own = drafts.get(target);
  if (!own?.options) return undefined;
  const chain: Draft[] = [];
  for (let c: unknown = target; typeof c === 'function'; c = Object.getPrototypeOf(c)) {
    const draft = drafts.get(c);
    if (draft) chain.unshift(draft);
  }
  const fields = new Map<string | symbol, ReferenceDeclaration>();
  for (const draft of chain) {
    for (const entry of draft.references) if (entry.site.kind === 'field') fields.set(entry.site.name, entry);
  }
  const parameters = own.references.filter((entry) => entry.site.kind === 'parameter');
  const methods = Object.assign({}, ...chain.map((draft) => draft.methods)) as Draft['methods'];
  return {
    name: own.options.name ?? target.name,
    provides: own.options.provides ?? [],
    properties: own.options.properties ?? {},
    configuration: own.options.configuration,
    configurationPolicy: own.options.configurationPolicy ?? 'optional',
    references: [...parameters, ...fields.values()],
    contextParameter: own.contextParameter,
    activate: methods.activate,
    modified: methods.modified,
    deactivate: methods.deactivate,
  };
}

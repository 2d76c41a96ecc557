import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { equalitiesOf } from 'stave/base/filter.js';
import {
  type Capability,
  PACKAGES,
  type Requirement,
  type ResolveInput,
  type Resource,
} from 'stave/resolver/resource.js';

interface Clauses {
  readonly capabilities: readonly string[];
  readonly requirements: readonly string[];
}

interface Clause {
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  readonly directives: Readonly<Record<string, string>>;
}

const OSGI_PACKAGES = 'osgi.wiring.package';
const PARAMETER = /;\s*([\w.-]+)(?::([\w<>]+))?(:?=)(?:"([^"]*)"|([^;]*))/g;
/** OSGi's `1.2` is this or any higher version. */
const HIGHEST = '999999999';

/** The problem that the Felix resolver is measured with, in the forms of our own. */
export function felixProblem(): ResolveInput {
  const path = fileURLToPath(new URL('../../data/resolver/resolution.json', import.meta.url));
  const data = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly resources: readonly Clauses[];
    readonly mandatory: readonly Clauses[];
  };
  const candidates = data.resources.map(resourceOf);
  const wanted = data.mandatory.map((clauses, i) => ({
    ...resourceOf(clauses),
    id: `wanted ${i}`,
    capabilities: [],
  }));
  const system = resourceOf({
    capabilities: [
      'osgi.identity; osgi.identity=system-bundle; version=1.0.0',
      ...['1.5', '1.6', '1.7'].map((version) => `osgi.ee; osgi.ee=JavaSE; version=${version}`),
    ],
    requirements: [],
  });
  return {
    resources: [...candidates, ...wanted, system],
    roots: wanted.map(({ id }) => id),
    wired: new Map(),
  };
}

function resourceOf({ capabilities, requirements }: Clauses): Resource {
  const own = capabilities.filter((text) => text !== '').map(clauseOf);
  const identity = own.find(({ namespace }) => namespace === 'osgi.identity');
  const name = textOf(identity?.attributes['osgi.identity']) ?? 'unnamed';
  const version = textOf(identity?.attributes.version) ?? '0.0.0';
  return {
    id: `${name}/${version}`,
    name,
    version,
    // The few packages with mandatory attributes are asked for by nobody in that way.
    capabilities: own.filter(({ directives }) => directives.mandatory === undefined).map(capabilityOf),
    // Dynamic ones are not looked at while a bundle is resolved.
    requirements: requirements
      .map(clauseOf)
      .filter(({ directives }) => directives.resolution !== 'dynamic')
      .map(requirementOf),
  };
}

function clauseOf(text: string): Clause {
  const attributes: Record<string, string | readonly string[]> = {};
  const directives: Record<string, string> = {};
  for (const [, key, type, sign, quoted, plain] of text.matchAll(PARAMETER)) {
    const value = quoted ?? plain!.trim();
    if (sign === ':=') directives[key!] = value;
    else attributes[key!] = type?.startsWith('List') ? value.split(',') : value;
  }
  return { namespace: text.split(';', 1)[0]!.trim(), attributes, directives };
}

function capabilityOf({ namespace, attributes, directives }: Clause): Capability {
  const name = textOf(attributes[namespace]);
  const uses = directives.uses?.split(',').map((used) => used.trim());
  return {
    namespace: namespaceOf(namespace),
    version: textOf(attributes.version) ?? '0.0.0',
    attributes,
    ...(name === undefined ? {} : { name }),
    ...(uses ? { uses } : {}),
  };
}

function requirementOf({ namespace, attributes, directives }: Clause): Requirement {
  const { [namespace]: attribute, version: wanted, ...others } = attributes;
  const filter = directives.filter ?? filterOf(others);
  const version = textOf(wanted);
  const name = textOf(attribute) ?? (filter === undefined ? undefined : equalitiesOf(filter).get(namespace));
  return {
    namespace: namespaceOf(namespace),
    optional: directives.resolution === 'optional',
    effective: 'resolve',
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { range: rangeOf(version) }),
    ...(filter === undefined ? {} : { filter }),
  };
}

function namespaceOf(namespace: string): string {
  return namespace === OSGI_PACKAGES ? PACKAGES : namespace;
}

function rangeOf(version: string): string {
  return /^[[(]/.test(version) ? version : `[${version},${HIGHEST})`;
}

function filterOf(attributes: Clause['attributes']): string | undefined {
  const terms = Object.entries(attributes).map(([name, value]) => `(${name}=${value})`);
  return terms.length === 0 ? undefined : `(&${terms.join('')})`;
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

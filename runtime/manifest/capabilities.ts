import type { JsonObject, Manifest } from '@stave/api';

/** The namespaces of the runtime itself. All others belong to bundles. */
export const PACKAGE_NAMESPACE = 'stave.package';
export const BUNDLE_NAMESPACE = 'stave.bundle';
export const IDENTITY_NAMESPACE = 'stave.identity';

/** What is offered, in the form that the resolver reads. */
export interface OfferedCapability {
  readonly namespace: string;
  readonly name?: string;
  readonly version?: string;
  readonly attributes: JsonObject;
  readonly uses?: readonly string[];
}

/** What is needed, in the form that the resolver reads. */
export interface NeededCapability {
  readonly namespace: string;
  readonly name?: string;
  readonly range?: string;
  readonly filter?: string;
  readonly optional: boolean;
  readonly effective: 'resolve' | 'active';
}

/** Its exported packages, itself as a bundle (not for libraries), its identity, and its generic capabilities. */
export function capabilitiesOf(manifest: Manifest): readonly OfferedCapability[] {
  const { name, version, isBundle } = manifest;
  const packages = manifest.exports.map((exported) => ({
    namespace: PACKAGE_NAMESPACE,
    ...exported,
    attributes: {},
  }));
  const bundle = isBundle ? [{ namespace: BUNDLE_NAMESPACE, name, version, attributes: {} }] : [];
  const identity = {
    namespace: IDENTITY_NAMESPACE,
    name,
    version,
    attributes: { type: isBundle ? 'bundle' : 'library' },
  };
  return [...packages, ...bundle, identity, ...manifest.provides];
}

/** Its imported packages and its generic requirements. */
export function requirementsOf(manifest: Manifest): readonly NeededCapability[] {
  const packages = manifest.imports.map(({ name, range, optional }) => ({
    namespace: PACKAGE_NAMESPACE,
    name,
    range,
    optional,
    effective: 'resolve' as const,
  }));
  const generic = manifest.requires.map(({ namespace, filter, optional, effective }) => ({
    namespace,
    optional,
    effective,
    ...(filter === undefined ? {} : { filter }),
  }));
  return [...packages, ...generic];
}

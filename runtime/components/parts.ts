import type { BundleContext, ComponentDeclaration, ConfigurationAdmin, Logger } from '@stave/api';
import type { ServiceRegistry } from '../framework/services/service-registry.js';

export type ComponentClass = new (...parameters: never[]) => object;

/** Time limits in milliseconds. */
export interface ComponentLimits {
  readonly start: number;
  readonly stop: number;
}

/** What components need of the node. */
export interface ComponentHost {
  readonly services: Pick<ServiceRegistry, 'listen' | 'otherMajors'>;
  readonly configuration: Pick<ConfigurationAdmin, 'consume' | 'get' | 'instances'>;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  readonly limits: () => ComponentLimits;
}

/** One component class of one started bundle, with all that its instances need. */
export interface ComponentParts {
  readonly host: ComponentHost;
  readonly context: BundleContext;
  readonly declaration: ComponentDeclaration;
  /** Runs code of the bundle, so that what it does is attributed to it. */
  readonly run: <T>(code: () => T) => T;
  /** Makes an object; values stand in the order of the declared references, the ComponentContext last. */
  readonly construct: (values: readonly unknown[]) => object;
}

/** How a component is called in the log and in errors. */
export function titleOf(parts: Pick<ComponentParts, 'context' | 'declaration'>, pid?: string): string {
  const name = `component ${parts.declaration.name} of ${parts.context.bundle.name}`;
  return pid === undefined || pid === parts.declaration.configuration ? name : `${name} (${pid})`;
}

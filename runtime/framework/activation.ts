import type { BundleActivator } from '@stave/api';
import { componentDeclaration, StaveError } from '@stave/api';
import type { BundleContextImpl } from './bundle-context-impl.js';
import type { ComponentSet } from './collaborators.js';

/** What one start of a bundle made. */
export interface Activation {
  readonly context: BundleContextImpl;
  readonly activator: BundleActivator | undefined;
  readonly components: ComponentSet | undefined;
}

function isActivator(value: unknown): value is BundleActivator {
  return (
    typeof value === 'object' && value !== null && typeof (value as BundleActivator).start === 'function'
  );
}

/** Whether a module says what it is for by components alone: a single file need not have an activator too. */
export function declaresOnlyComponents(exports: unknown): boolean {
  const namespace = Object(exports) as Readonly<Record<string, unknown>>;
  const { default: main, start } = namespace;
  if (start !== undefined || (main !== undefined && !componentDeclaration(main))) return false;
  return Object.values(namespace).some((value) => componentDeclaration(value) !== undefined);
}

/** The activator that a module exports: an object with `start`, a class, or a module that exports `start` itself. */
export function activatorOf(exports: unknown, where: string): BundleActivator {
  const namespace = exports as { default?: unknown; start?: unknown };
  const candidate = namespace?.default ?? exports;
  if (isActivator(candidate)) return candidate;
  if (typeof candidate === 'function') {
    const made = Reflect.construct(candidate, []) as unknown;
    if (isActivator(made)) return made;
  }
  throw new StaveError('STAVE_START_FAILED', 'the activator has no start(context)', {
    where,
    remedy: 'export a class or an object with start(context) as the default',
  });
}

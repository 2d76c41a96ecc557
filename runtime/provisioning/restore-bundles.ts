import { describeError, type Logger } from '@stave/api';
import type { BundleSpec } from '../framework/bundle-entry.js';
import type { Framework } from '../framework/framework.js';
import type { Gatherer } from './gatherer.js';
import type { RevisionIndex } from './revision-index.js';
import type { NodeState } from './state.js';

export interface RestoreOptions {
  readonly framework: Framework;
  readonly revisions: RevisionIndex;
  readonly gatherer: Gatherer;
  readonly log: Logger;
}

/**
 * Installs the bundles of a state as they were, with their wires. A revision whose caches are gone is made again; one that cannot
 * be is left out with a message, and comes back when its claim is planned again.
 *
 * @returns the specifications of those that are installed
 */
export async function restoreBundles(
  state: NodeState,
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<readonly BundleSpec[]> {
  const { framework, revisions, gatherer, log } = options;
  const specs: BundleSpec[] = [];
  for (const spec of state.bundles) {
    try {
      const pin = state.artifacts[spec.location] ?? { digest: spec.digest };
      const known = revisions.get(spec.digest);
      const revision =
        known ?? (await gatherer.restore(spec.location, { ...pin, digest: spec.digest }, signal));
      if (revision.digest !== spec.digest) throw new Error('its source is no longer what was installed');
      framework.install(spec, revision);
      specs.push(spec);
    } catch (error) {
      log.error(`${spec.name} ${spec.version} cannot be brought back: ${describeError(error)}`);
    }
  }
  const ids = new Set(specs.map((spec) => spec.id));
  const whole = specs.map((spec) =>
    spec.wires.every((wire) => wire.provider === 0 || ids.has(wire.provider))
      ? spec
      : {
          ...spec,
          resolved: false,
          wires: [],
          waits: 'a bundle that it imports from cannot be brought back',
        },
  );
  for (const spec of whole) if (!spec.resolved) framework.update(spec, revisions.get(spec.digest)!);
  await framework.wire(whole.map((spec) => spec.id));
  return whole;
}

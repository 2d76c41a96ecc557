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

/** How many bundles are made again at a time. */
const WIDTH = 8;

/** What a bundle waits for from its restoring to the next plan. */
const NOT_AS_IT_WAS = 'what it imports from is not there as it was';

/** The bundles of a state after a restart. */
export interface Restored {
  readonly bundles: readonly BundleSpec[];
  readonly lost: readonly BundleSpec[];
}

/** Whether a state could not be brought back as it was, so that there must be a plan; also when one was begun and given up. */
export function isIncomplete({ bundles, lost }: Restored): boolean {
  return lost.length > 0 || bundles.some(({ waits }) => waits === NOT_AS_IT_WAS);
}

/**
 * Installs the bundles of a state as they were, with their wires. A revision whose caches are gone is made again; one that cannot
 * be is lost for now, and what is wired to it waits.
 */
export async function restoreBundles(
  state: NodeState,
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<Restored> {
  const { framework, revisions, log } = options;
  const specs = [...state.bundles, ...state.lost].sort((a, b) => a.id - b.id);
  const missing = specs.filter((spec) => !revisions.get(spec.digest));
  const work = async (): Promise<void> => {
    for (let spec = missing.shift(); spec !== undefined; spec = missing.shift()) {
      await makeAgain(spec, state, options, signal).catch((error) => {
        signal.throwIfAborted();
        log.error(`${spec?.name} ${spec?.version} cannot be brought back: ${describeError(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, missing.length) }, work));
  const lost = specs.filter((spec) => !revisions.get(spec.digest));
  const bundles = withoutBrokenWires(specs.filter((spec) => revisions.get(spec.digest)));
  for (const spec of bundles) framework.install(spec, revisions.get(spec.digest)!);
  await framework.wire(bundles.map((spec) => spec.id));
  return { bundles, lost };
}

async function makeAgain(
  spec: BundleSpec,
  state: NodeState,
  { gatherer }: RestoreOptions,
  signal: AbortSignal,
): Promise<void> {
  const pin = { ...state.artifacts[spec.location], digest: spec.digest };
  const { digest } = await gatherer.restore(spec.location, pin, signal);
  if (digest !== spec.digest) throw new Error('its source is no longer what was installed');
}

/**
 * What is wired to a bundle that is not there waits for it, and what is wired to that, too. So does what was left on a former
 * revision, which was in memory only.
 */
function withoutBrokenWires(specs: readonly BundleSpec[]): readonly BundleSpec[] {
  const whole = new Map(specs.map((spec) => [spec.id, spec]));
  for (let before = -1; before !== whole.size; ) {
    before = whole.size;
    for (const { id, wires } of [...whole.values()]) {
      if (wires.some(({ provider, digest }) => provider !== 0 && whole.get(provider)?.digest !== digest))
        whole.delete(id);
    }
  }
  const waits = NOT_AS_IT_WAS;
  return specs.map((spec) => (whole.has(spec.id) ? spec : { ...spec, resolved: false, wires: [], waits }));
}

import type { StaveError } from '@stave/api';
import { toStaveError } from '@stave/api';
import type { BundleSpec } from '../framework/bundle-entry.js';
import type { Revision } from '../framework/collaborators.js';
import type { Framework } from '../framework/framework.js';

export interface StartFailure {
  readonly id: number;
  readonly error: StaveError;
}

export interface TransitionInput {
  /** The bundles as they are to be. */
  readonly next: readonly BundleSpec[];
  /** Ids that must be bound anew. */
  readonly rewired: ReadonlySet<number>;
  /** Ids to stop and start. */
  readonly restart: ReadonlySet<number>;
  readonly revision: (digest: string) => Revision;
  /** Starts these too, though nothing about them changes. */
  readonly alsoStart?: ReadonlySet<number>;
  /** Carried out when all that must stop has stopped and before anything starts. */
  readonly between?: () => Promise<void>;
  readonly onStarted?: (id: number, milliseconds: number) => void;
  /** Told each part when it is done: `stopped`, `installed`, `wired`, `configured`, `started`. */
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Leads the framework from what is installed to what is to be: stop, take out, put in, wire, start. Going back is the same way
 * with the former bundles. Starts that fail are returned; nothing else is expected to fail.
 */
export async function transition(
  framework: Framework,
  input: TransitionInput,
): Promise<readonly StartFailure[]> {
  const current = framework.list().filter((bundle) => bundle.id !== 0);
  const next = new Map(input.next.map((spec) => [spec.id, spec]));
  const entries = current.map((bundle) => framework.entry(bundle.id));
  const updated = new Set(
    entries
      .filter((entry) => next.has(entry.id) && next.get(entry.id)?.digest !== entry.digest)
      .map((entry) => entry.id),
  );
  const disturbed = (id: number): boolean =>
    !next.has(id) ||
    updated.has(id) ||
    input.rewired.has(id) ||
    input.restart.has(id) ||
    !next.get(id)?.start;
  const stopping = entries.filter((entry) => entry.state === 'ACTIVE' && disturbed(entry.id));
  const wasActive = new Set(stopping.map((entry) => entry.id));
  for (const entry of stopping.sort((a, b) => b.startLevel - a.startLevel || b.id - a.id))
    await framework.stop(entry.id);
  input.onStep?.('stopped');

  for (const entry of entries) if (!next.has(entry.id)) framework.uninstall(entry.id);
  const added: number[] = [];
  for (const spec of input.next) {
    const revision = input.revision(spec.digest);
    if (framework.has(spec.id)) framework.update(spec, revision);
    else {
      framework.install(spec, revision);
      added.push(spec.id);
    }
  }
  input.onStep?.('installed');
  await framework.wire([...new Set([...added, ...updated, ...input.rewired])].filter((id) => next.has(id)));
  input.onStep?.('wired');
  await input.between?.();
  input.onStep?.('configured');

  const fresh = new Set([
    ...added,
    ...updated,
    ...wasActive,
    ...input.rewired,
    ...input.restart,
    ...(input.alsoStart ?? []),
  ]);
  const starting = input.next.filter((spec) => {
    const entry = framework.entry(spec.id);
    const neverTried = entry.state === 'RESOLVED' && entry.failure === undefined;
    return spec.start && spec.resolved && entry.state !== 'ACTIVE' && (fresh.has(spec.id) || neverTried);
  });
  const failures = await startByLevel(framework, starting, input);
  input.onStep?.('started');
  return failures;
}

async function startByLevel(
  framework: Framework,
  specs: readonly BundleSpec[],
  input: Pick<TransitionInput, 'onStarted' | 'signal'>,
): Promise<readonly StartFailure[]> {
  const failures: StartFailure[] = [];
  const levels = [...new Set(specs.map((spec) => spec.startLevel))].sort((a, b) => a - b);
  for (const level of levels) {
    framework.startLevel = Math.max(framework.startLevel, level);
    const start = async ({ id, name }: BundleSpec): Promise<void> => {
      const began = performance.now();
      try {
        await framework.start(id, input.signal);
        input.onStarted?.(id, performance.now() - began);
      } catch (error) {
        failures.push({ id, error: toStaveError(error, 'STAVE_START_FAILED', name) });
      }
    };
    await Promise.all(specs.filter((spec) => spec.startLevel === level).map(start));
  }
  return failures;
}

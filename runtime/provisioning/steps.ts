import type { PlanStep } from '@stave/api';
import type { BundleSpec } from '../framework/bundle-entry.js';

export interface StepInput {
  readonly current: readonly BundleSpec[];
  readonly next: readonly BundleSpec[];
  readonly rewired: ReadonlyMap<number, string>;
  readonly restart: ReadonlySet<number>;
  /** Who wants what is at a location. */
  readonly wantedBy: (location: string) => readonly string[];
  /** Whether a bundle runs now. */
  readonly active: (id: number) => boolean;
}

function title(spec: BundleSpec): string {
  return `${spec.name} ${spec.version}`;
}

/** What leads from the present bundles to the next ones, in the order in which it is done. */
export function bundleSteps(input: StepInput): readonly PlanStep[] {
  const before = new Map(input.current.map((spec) => [spec.id, spec]));
  const after = new Map(input.next.map((spec) => [spec.id, spec]));
  const wanted = (spec: BundleSpec): string => `wanted by ${input.wantedBy(spec.location).join(', ')}`;
  const steps: Record<'out' | 'in' | 'wire' | 'run', PlanStep[]> = { out: [], in: [], wire: [], run: [] };
  for (const spec of input.current) {
    if (!after.has(spec.id))
      steps.out.push({ kind: 'uninstall', subject: title(spec), reason: 'nobody wants it any longer' });
  }
  for (const spec of input.next) {
    const old = before.get(spec.id);
    const rewired = input.rewired.get(spec.id);
    if (!old) {
      steps.in.push({ kind: 'install', subject: title(spec), reason: wanted(spec) });
      if (!spec.resolved) steps.run.push({ kind: 'wait', subject: title(spec), reason: spec.waits ?? '' });
      else if (spec.start) steps.run.push({ kind: 'start', subject: title(spec), reason: 'it is new' });
    } else if (old.digest !== spec.digest) {
      const from = old.version === spec.version ? 'its content changed' : `it was ${old.version}`;
      steps.in.push({ kind: 'update', subject: title(spec), reason: from });
    } else if (rewired !== undefined) {
      const kind = spec.resolved ? (input.active(spec.id) ? 'restart' : 'rewire') : 'wait';
      steps.wire.push({ kind, subject: title(spec), reason: rewired });
    } else if (input.restart.has(spec.id)) {
      steps.run.push({ kind: 'restart', subject: title(spec), reason: 'it was asked for' });
    } else if (old.start && !spec.start) {
      steps.out.push({ kind: 'stop', subject: title(spec), reason: spec.waits ?? 'it is not to be started' });
    } else if (!old.start && spec.start) {
      steps.run.push({ kind: 'start', subject: title(spec), reason: 'it is to be started' });
    }
  }
  return [...steps.out, ...steps.in, ...steps.wire, ...steps.run];
}

import type { PlanStep } from '@stave/api';
import type { Framework } from '../framework/framework.js';
import type { Planned } from './planner.js';
import type { NodeState } from './state.js';
import { bundleSteps } from './steps.js';
import type { FilesPlan } from './written-files.js';

/** All that a plan does, with reasons: bundles, then configurations, then files. */
export function planSteps(
  planned: Planned,
  files: FilesPlan,
  present: {
    readonly state: NodeState;
    readonly framework: Framework;
    readonly restart: ReadonlySet<number>;
  },
): readonly PlanStep[] {
  const wantedBy = new Map<string, Set<string>>();
  for (const want of planned.wishlist.wants) {
    if (want.kind !== 'bundle') continue;
    const names = wantedBy.get(want.location) ?? new Set();
    wantedBy.set(want.location, names.add(want.by));
  }
  const steps = bundleSteps({
    current: present.state.bundles,
    next: planned.assembly.specs,
    rewired: planned.assembly.rewired,
    restart: present.restart,
    wantedBy: (location) => [...(wantedBy.get(location) ?? [])],
    active: (id) => present.framework.get(id)?.state === 'ACTIVE',
  });
  const reason = (subject: string): string => files.reasons.get(subject) ?? '';
  const configured = files.edits.map((edit): PlanStep => {
    const kind = edit.kind === 'delete' ? 'unconfigure' : 'configure';
    return { kind, subject: edit.pid, reason: reason(edit.pid) };
  });
  const written = files.writes.map((write): PlanStep => {
    return {
      kind: write.after === null ? 'remove' : 'write',
      subject: write.path,
      reason: reason(write.path),
    };
  });
  return [...steps, ...configured, ...written];
}

import type { ChangeOutcome, Plan, PlanStep, StepKind } from '@stave/api';

/** What a step has done, and what it would do. */
const WORDS: Readonly<Record<StepKind, readonly [done: string, planned: string]>> = {
  stop: ['stopped', 'stop'],
  uninstall: ['uninstalled', 'uninstall'],
  install: ['installed', 'install'],
  update: ['updated', 'update'],
  rewire: ['rewired', 'rewire'],
  configure: ['configured', 'configure'],
  unconfigure: ['took back the configuration', 'take back the configuration'],
  start: ['started', 'start'],
  restart: ['restarted', 'restart'],
  write: ['wrote', 'write'],
  remove: ['removed', 'remove'],
  wait: ['waits:', 'wait:'],
};
/** Steps that the user has not asked for by name, so that they need their reason. */
const EXPLAINED: ReadonlySet<StepKind> = new Set(['rewire', 'restart', 'wait']);

/**
 * The outcome of a gesture for a person: what was done to what, what is set aside, what else is to be known.
 *
 * @param otherwise said when nothing of that is there
 */
export function outcomeText(outcome: ChangeOutcome, otherwise = 'nothing to change'): string {
  const { plan } = outcome;
  const lines = [...doneLines(plan.steps), ...setAsideLines(plan), ...notes(outcome)];
  return lines.length === 0 ? otherwise : lines.join('\n');
}

/** What a gesture would do, with the reason of every step. */
export function simulationText(outcome: ChangeOutcome): string {
  const { plan } = outcome;
  const steps = plan.steps.map(
    ({ kind, subject, reason }) => `would ${WORDS[kind][1]} ${subject}: ${reason}`,
  );
  const lines = [...steps, ...setAsideLines(plan), ...notes(outcome)];
  return lines.length === 0 ? 'nothing would change' : lines.join('\n');
}

/** One line for each subject, in the order of their first steps: `installed and started @acme/greeter 1.2.0`. */
function doneLines(steps: readonly PlanStep[]): readonly string[] {
  const bySubject = new Map<string, PlanStep[]>();
  for (const step of steps) {
    const same = bySubject.get(step.subject);
    if (same) same.push(step);
    else bySubject.set(step.subject, [step]);
  }
  return [...bySubject].map(([subject, done]) => {
    const words = [...new Set(done.map(({ kind }) => WORDS[kind][0]))];
    const reasons = [...new Set(done.filter(({ kind }) => EXPLAINED.has(kind)).map(({ reason }) => reason))];
    const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
    return `${words.join(' and ')} ${subject}${why}`;
  });
}

function setAsideLines(plan: Plan): readonly string[] {
  return plan.setAside.map(
    ({ owner, type, key, code, reason }) => `set aside ${type} ${key} of ${owner}: ${code}: ${reason}`,
  );
}

function notes(outcome: ChangeOutcome): readonly string[] {
  return [...new Set([...outcome.plan.notes, ...outcome.notes])].map((text) => `note: ${text}`);
}

import type { ClaimChange, Claims, Invocation, OptionSpec } from '@stave/api';
import { flag } from './invocation.js';
import { outcomeText, simulationText } from './outcome-text.js';

export const SIMULATE: OptionSpec = {
  name: 'simulate',
  short: 't',
  description: 'Only show the plan, with the reason of every step',
};
export const FORCE: OptionSpec = {
  name: 'force',
  description: 'Do it although something that runs would have to wait',
};
export const NO_REFRESH: OptionSpec = {
  name: 'no-refresh',
  short: 'r',
  description: 'Leave the old revision to the bundles that import it',
};
/** The options of every command that changes what is wanted. */
export const GESTURE_OPTIONS: readonly OptionSpec[] = [SIMULATE, FORCE];

/**
 * Makes a gesture of the console, as its options say, and tells the outcome. Ctrl-C aborts it.
 *
 * @param otherwise said when no bundle and no configuration changes
 */
export async function gesture(
  claims: Pick<Claims, 'change'>,
  change: Omit<ClaimChange, 'owner'>,
  invocation: Pick<Invocation, 'options' | 'signal'>,
  otherwise?: () => Promise<string>,
): Promise<string> {
  const simulate = flag(invocation, SIMULATE.name);
  const ticket = claims.change(
    {
      ...change,
      owner: 'console',
      simulate,
      force: flag(invocation, FORCE.name),
      noRefresh: flag(invocation, NO_REFRESH.name),
    },
    { signal: invocation.signal },
  );
  const outcome = await ticket.outcome;
  return simulate ? simulationText(outcome) : outcomeText(outcome, await otherwise?.());
}

import { setMaxListeners } from 'node:events';
import {
  type AbortOptions,
  type ChangeOutcome,
  type ChangeTicket,
  type ClaimChange,
  type ClaimStatus,
  type Claims,
  type CommitEvent,
  type Event,
  type Logger,
  type Override,
  type Owner,
  type Plan,
  type PlanStep,
  type Plans,
  StaveError,
} from '@stave/api';
import { withAnySignal } from '../base/any-signal.js';
import { Emitter } from '../base/emitter.js';
import { SerialQueue } from '../base/serial-queue.js';
import type { ConfigurationEdit, ConfigurationQueue } from '../config/configuration-edit.js';
import { applyChange, type Wishes } from './claim-book.js';
import type { Gathered, Gatherer } from './gatherer.js';
import { askedClaims } from './manner.js';
import { claimId } from './owners.js';
import type { ResourceTypeRegistry } from './resource-type-registry.js';
import type { NodeState } from './state.js';
import { isInsideTransaction, runInsideTransaction, runOutsideTransaction } from './transaction-scope.js';
import type { TransactionReport, Transactor } from './transactor.js';

/** How often a plan may go back to gather, before it is given up: each time something else must have changed meanwhile. */
const MAX_GATHERS = 10;
/** How many plans are remembered. */
const MAX_PLANS = 50;
/** How many steps of each kind the log names. */
const MAX_NAMED = 10;

export interface ProvisionerOptions {
  readonly types: ResourceTypeRegistry;
  readonly gatherer: Gatherer;
  readonly transactor: Transactor;
  readonly log: Logger;
  /** Aborted when the node stops: what is gathered or started is given up. */
  readonly stopping: AbortController;
}

type RememberedPlan = ReturnType<Plans['recent']>[number];

/**
 * The desired state and the one queue through which it changes. A change is gathered outside the queue; then planning, applying,
 * committing and flushing run one change at a time.
 */
export class Provisioner implements Claims, Plans, ConfigurationQueue {
  readonly #options: ProvisionerOptions;
  readonly #queue = new SerialQueue();
  readonly #committed: Emitter<CommitEvent>;
  /** The last change of each owner: gestures of one owner keep their order. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #plans: RememberedPlan[] = [];
  /** Locations that could not be gathered; they are tried again when a change touches their claims. */
  readonly #failures = new Map<string, StaveError>();
  /** Changes under way, from before they gather until they have taken effect. */
  readonly #running = new Set<Promise<unknown>>();
  #tidying: Promise<unknown> = Promise.resolve();
  #counter = 0;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
    // One for each change that is under way.
    setMaxListeners(0, options.stopping.signal);
    this.#committed = new Emitter((error) => options.log.warn('a commit listener failed', error));
  }

  get #state(): NodeState {
    return this.#options.transactor.state;
  }

  get revision(): number {
    return this.#state.revision;
  }

  get onDidCommit(): Event<CommitEvent> {
    return this.#committed.event;
  }

  overrides(): readonly Override[] {
    return this.#state.overrides;
  }

  list(): readonly ClaimStatus[] {
    const unmet = new Map(this.#state.unmet.map((entry) => [claimId(entry.claim), entry]));
    return [...this.#state.claims]
      .sort((a, b) => (claimId(a) < claimId(b) ? -1 : 1))
      .map((claim) => {
        const entry = unmet.get(claimId(claim));
        return { ...claim, unmet: entry && { code: entry.code, reason: entry.reason } };
      });
  }

  recent(): readonly RememberedPlan[] {
    return this.#plans;
  }

  change(change: ClaimChange, options: AbortOptions = {}): ChangeTicket {
    return this.#submit(change, options, false);
  }

  #submit(change: ClaimChange, options: AbortOptions, retry: boolean): ChangeTicket {
    this.#counter += 1;
    const before = this.#last.get(change.owner) ?? Promise.resolve();
    const outcome = before.then(() => this.#run(change, options, retry));
    const settled = outcome.catch(() => undefined);
    this.#last.set(change.owner, settled);
    void settled.then(() => {
      if (this.#last.get(change.owner) === settled) this.#last.delete(change.owner);
    });
    return {
      id: String(this.#counter),
      get outcome(): Promise<ChangeOutcome> {
        if (!isInsideTransaction()) return outcome;
        return Promise.reject(
          new StaveError(
            'STAVE_TX_REENTRANT',
            'a change was awaited inside a callback that the running change waits for',
          ),
        );
      },
    };
  }

  /** Several run at once, up to their turn in the queue; but not while the stores are tidied, for what is gathered has no owner yet. */
  async #run(change: ClaimChange, options: AbortOptions, retry: boolean): Promise<ChangeOutcome> {
    for (const claim of change.set ?? []) this.#options.types.check({ ...claim, owner: change.owner });
    await this.#tidying;
    const running = withAnySignal([this.#options.stopping.signal, options.signal], (signal) =>
      this.#gatherAndCarryOut(change, retry, signal),
    );
    const settled = running.catch(() => undefined);
    this.#running.add(settled);
    try {
      return await running;
    } finally {
      this.#running.delete(settled);
    }
  }

  async #gatherAndCarryOut(change: ClaimChange, retry: boolean, signal: AbortSignal): Promise<ChangeOutcome> {
    const extra = new Set<string>();
    for (let attempt = 0; attempt < MAX_GATHERS; attempt++) {
      signal.throwIfAborted();
      const gathered = await this.#gather(change, extra, signal);
      // Aborted while it waits for its turn, it is given up; once it has begun, it is carried out.
      const report = await this.#queue.run(
        () => runInsideTransaction(() => this.#options.transactor.carryOut(change, gathered, retry)),
        { signal },
      );
      if (report.kind === 'done') return this.#finish(change, report);
      for (const location of report.locations) extra.add(location);
    }
    throw new StaveError(
      'STAVE_TX_FAILED',
      `what the change needs could not be gathered in ${MAX_GATHERS} attempts`,
    );
  }

  /** Runs a job that takes from the stores what nobody names, while no change is under way. */
  async tidy<T>(job: () => Promise<T>): Promise<T> {
    const tidied = this.#tidying.then(async () => {
      await Promise.all(this.#running);
      return this.#queue.run(job, { signal: this.#options.stopping.signal });
    });
    this.#tidying = tidied.catch(() => undefined);
    return tidied;
  }

  async #gather(change: ClaimChange, extra: ReadonlySet<string>, signal: AbortSignal): Promise<Gathered> {
    const state = this.#state;
    const wishes: Wishes = applyChange(state, change);
    const update = new Set(change.update ?? []);
    const touched = new Set(askedClaims(change).map(claimId));
    const skip = new Map(
      [...this.#failures].filter(([location]) => !update.has(location) && !extra.has(location)),
    );
    const gathered = await this.#options.gatherer.gather({
      claims: wishes.claims,
      pins: state.pins,
      artifacts: state.artifacts,
      update,
      skip,
      touched,
      signal,
    });
    if (!change.simulate) {
      for (const location of gathered.pins.keys()) this.#failures.delete(location);
      for (const [location, error] of gathered.failures) this.#failures.set(location, error);
    }
    const stillFailing = [...skip].filter(([location]) => !gathered.pins.has(location));
    return { ...gathered, failures: new Map([...stillFailing, ...gathered.failures]) };
  }

  #finish(change: ClaimChange, report: Extract<TransactionReport, { kind: 'done' }>): ChangeOutcome {
    const { outcome, milliseconds } = report;
    const cause = change.cause ?? 'change';
    if (!change.simulate) {
      this.#remember(outcome.plan, change.owner, cause, milliseconds);
      const { revision, plan } = outcome;
      runOutsideTransaction(() => this.#committed.fire({ owner: change.owner, cause, revision, plan }));
    }
    return outcome;
  }

  #remember(plan: Plan, owner: Owner, cause: string, milliseconds: number): void {
    if (plan.steps.length > 0) this.#options.log.info(`${cause} of ${owner}: ${shortened(plan.steps)}`);
    this.#plans.push({ ...plan, time: Date.now(), cause, milliseconds });
    if (this.#plans.length > MAX_PLANS) this.#plans.shift();
  }

  /** Changes of configuration: a transaction without gather, in the same queue. */
  async submit(edits: readonly ConfigurationEdit[], options: AbortOptions): Promise<void> {
    if (isInsideTransaction()) {
      throw new StaveError(
        'STAVE_TX_REENTRANT',
        'a configuration was changed inside a callback that the running change waits for',
      );
    }
    const { transactor } = this.#options;
    await withAnySignal([this.#options.stopping.signal, options.signal], (signal) =>
      this.#queue.run(() => runInsideTransaction(() => transactor.configure(edits)), { signal }),
    );
  }

  /** Restores the bundles of the state, brings in what changed while the node was down, starts all; see Transactor. */
  async boot(
    changes: readonly ClaimChange[],
    update: readonly string[],
    options: AbortOptions = {},
  ): Promise<void> {
    await withAnySignal([this.#options.stopping.signal, options.signal], (signal) =>
      this.#queue.run(() => this.#boot(changes, update, signal)),
    );
  }

  async #boot(
    changes: readonly ClaimChange[],
    update: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { transactor, gatherer } = this.#options;
    await transactor.restore(signal);
    const extra = new Set<string>();
    for (let attempt = 0; attempt < MAX_GATHERS; attempt++) {
      const wishes = changes.reduce<Wishes>((wishes, change) => applyChange(wishes, change), this.#state);
      const changed = changes.length > 0 || update.length > 0 || extra.size > 0 || transactor.mustPlan;
      const gathered = changed
        ? await gatherer.gather({
            claims: wishes.claims,
            pins: this.#state.pins,
            artifacts: this.#state.artifacts,
            update: new Set([...update, ...changes.flatMap((change) => change.update ?? [])]),
            skip: new Map(),
            touched: new Set(),
            signal,
          })
        : undefined;
      for (const [location, error] of gathered?.failures ?? []) this.#failures.set(location, error);
      const report = await runInsideTransaction(() => transactor.boot(changes, gathered));
      if (report.kind === 'done') {
        if (gathered) this.#remember(report.outcome.plan, 'boot', 'boot', report.milliseconds);
        return;
      }
      for (const location of report.locations) extra.add(location);
    }
    this.#options.log.error(
      `what changed while the node was down could not be gathered in ${MAX_GATHERS} attempts`,
    );
    await runInsideTransaction(() => transactor.boot([], undefined));
  }

  /** Tries again what could not be gathered, such as a download, or did not start; resolves when that is done. */
  async retryUnmet(): Promise<void> {
    const ungathered = Object.entries(this.#state.artifacts).filter(
      ([, { refused }]) => refused && refused.digest === undefined,
    );
    const update = [...this.#failures.keys(), ...ungathered.map(([location]) => location)];
    await this.#submit({ owner: 'boot', cause: 'retry', update }, {}, true).outcome;
  }

  /** Waits until nothing is under way. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  /** Gives up what is gathered or started at this moment, as the node is about to be closed. */
  abort(): void {
    this.#options.stopping.abort(new StaveError('STAVE_ABORTED', 'the node is stopping'));
  }

  /** Aborts what has not begun and what is being started, lets the running transaction end, stops all bundles and commits. */
  async close(): Promise<void> {
    this.abort();
    // What gathers has child processes and folders to give back.
    await Promise.all(this.#running);
    await this.#queue.run(() => runInsideTransaction(() => this.#options.transactor.close()));
  }
}

/** The steps of a plan in one line: `install a 1.0.0, b 1.0.0; start a 1.0.0`. */
function shortened(steps: readonly PlanStep[]): string {
  const kinds = new Map<string, string[]>();
  for (const { kind, subject } of steps) {
    const same = kinds.get(kind);
    if (same) same.push(subject);
    else kinds.set(kind, [subject]);
  }
  return [...kinds]
    .map(([kind, subjects]) => {
      const more = subjects.length - MAX_NAMED;
      return `${kind} ${subjects.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    })
    .join('; ');
}

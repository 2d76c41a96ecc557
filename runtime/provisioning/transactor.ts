import { type ChangeOutcome, type ClaimChange, describeError, type Logger, type Plan } from '@stave/api';
import type { ConfigurationEdit } from '../config/configuration-edit.js';
import { applyChange, type Wishes } from './claim-book.js';
import type { Committer } from './committer.js';
import type { Gathered, Gatherer } from './gatherer.js';
import { askedClaims, type Manner, type Refused, setAsideOf, stillAside } from './manner.js';
import { claimId, isStanding } from './owners.js';
import { isIncomplete, restoreBundles } from './restore-bundles.js';
import { type Applied, Round, type RoundOptions } from './round.js';
import { roundsOf } from './rounds.js';
import type { NodeState } from './state.js';
import { runOutsideTransaction } from './transaction-scope.js';
import { type StartFailure, transition } from './transition.js';

export interface TransactorOptions extends Omit<RoundOptions, 'reserveIds'> {
  readonly gatherer: Gatherer;
  readonly committer: Committer;
}

export type TransactionReport =
  | { readonly kind: 'missing'; readonly locations: readonly string[] }
  | { readonly kind: 'done'; readonly outcome: ChangeOutcome; readonly milliseconds: number };

const NO_PLAN: Plan = { steps: [], setAside: [], notes: [] };

/** Carries out changes one at a time: plan, apply, commit, flush. The caller sees to it that only one runs. */
export class Transactor {
  readonly #options: TransactorOptions;
  readonly #roundOptions: RoundOptions;
  /** Notes of the last plan: what still holds is not told again. */
  #toldNotes: ReadonlySet<string> = new Set();

  constructor(options: TransactorOptions) {
    this.#options = options;
    this.#roundOptions = { ...options, reserveIds: (next) => options.committer.reserveIds(next) };
  }

  /** The committed state. */
  get state(): NodeState {
    return this.#options.committer.state;
  }

  /** Installs and wires the bundles of the state without starting them. */
  async restore(signal: AbortSignal): Promise<void> {
    const { committer, framework, log } = this.#options;
    await framework
      .removeDataExcept(idsOf(committer.state))
      .catch((error) => log.warn('data folders of former bundles could not be removed', error));
    committer.restored(await restoreBundles(committer.state, this.#options, signal));
  }

  /** @param retry whether what failed to start before is tried again */
  async carryOut(change: ClaimChange, gathered: Gathered, retry = false): Promise<TransactionReport> {
    this.#options.onStep?.('gathered');
    const wishes = applyChange(this.state, change);
    const failingStarts = isStanding(change.owner) ? 'set aside' : 'undo';
    const aside = retry ? new Map() : stillAside(this.state.failed, change);
    return this.#run({ change, wishes, gathered, failingStarts, startAll: false, aside });
  }

  /** Whether the state cannot be brought back as it is, although nothing changed while the node was down. */
  get mustPlan(): boolean {
    return isIncomplete(this.state);
  }

  /** @param gathered undefined when nothing changed while the node was down: then the state is brought back as it is */
  async boot(changes: readonly ClaimChange[], gathered: Gathered | undefined): Promise<TransactionReport> {
    if (!gathered) return this.#startAll();
    const wishes = changes.reduce<Wishes>((so, next) => applyChange(so, next), this.state);
    const change: ClaimChange = { owner: 'boot', cause: 'boot' };
    try {
      return await this.#run({
        change,
        wishes,
        gathered,
        failingStarts: 'set aside',
        startAll: true,
        aside: new Map(),
      });
    } catch (error) {
      this.#options.stopping.throwIfAborted();
      this.#options.log.error(`what changed while the node was down is left: ${describeError(error)}`, error);
      return this.#startAll();
    }
  }

  async #startAll(): Promise<TransactionReport> {
    const began = performance.now();
    const { framework, revisions, configuration, committer, log, stopping, onStarted } = this.#options;
    const next = this.state.bundles;
    const failures = await transition(framework, {
      next,
      rewired: new Set(),
      restart: new Set(),
      revision: (digest) => revisions.get(digest)!,
      alsoStart: new Set(next.map((spec) => spec.id)),
      signal: stopping,
      ...(onStarted ? { onStarted } : {}),
    });
    stopping.throwIfAborted();
    for (const { error } of failures) log.error(error.toString(), error.cause ?? error);
    await committer
      .commitConfigurations(configuration.snapshot())
      .catch((error) => log.error('what was edited in etc/ while the node was down is not recorded', error));
    return {
      kind: 'done',
      outcome: this.#outcome(NO_PLAN, [], failures),
      milliseconds: performance.now() - began,
    };
  }

  async #run(manner: Manner): Promise<TransactionReport> {
    const began = performance.now();
    const { committer } = this.#options;
    const done: Applied[] = [];
    const before = this.state.unmet;
    const refused: Refused = { rejected: new Map(), aside: manner.aside };
    try {
      for (const wishes of roundsOf(manner.wishes, this.state.claims)) {
        const round = new Round(this.#roundOptions, { ...manner, wishes }, done.at(-1)?.state ?? this.state);
        const result = await round.run(done, refused);
        if (result.kind === 'missing') {
          await undoAll(done, this.#options.log);
          return result;
        }
        if (result.kind === 'simulated') {
          const plan = {
            steps: result.steps,
            notes: result.notes,
            setAside: setAsideOf(before, result.unmet),
          };
          return {
            kind: 'done',
            outcome: this.#outcome(plan, [], []),
            milliseconds: performance.now() - began,
          };
        }
      }
      await committer.commit(done.at(-1)?.state ?? this.state);
    } catch (error) {
      await undoAll(done, this.#options.log);
      throw error;
    }
    for (const applied of done) await applied.committed();
    await committer.flush();
    const plan: Plan = {
      steps: done.flatMap((applied) => applied.steps),
      notes: this.#newNotes(done.flatMap((applied) => applied.notes)),
      setAside: setAsideOf(before, this.state.unmet),
    };
    const outcome = this.#outcome(plan, this.#unmetOf(manner.change), done.at(-1)?.failures ?? []);
    return { kind: 'done', outcome, milliseconds: performance.now() - began };
  }

  #newNotes(notes: readonly string[]): readonly string[] {
    const told = this.#toldNotes;
    this.#toldNotes = new Set(notes);
    return notes.filter((note) => !told.has(note));
  }

  #unmetOf(change: ClaimChange): ChangeOutcome['unmet'] {
    const own = new Set(askedClaims(change).map(claimId));
    const unmet = new Map(this.state.unmet.map((entry) => [claimId(entry.claim), entry]));
    return this.state.claims.flatMap((claim) => {
      const entry = own.has(claimId(claim)) ? unmet.get(claimId(claim)) : undefined;
      return entry ? [{ ...claim, unmet: { code: entry.code, reason: entry.reason } }] : [];
    });
  }

  #outcome(plan: Plan, unmet: ChangeOutcome['unmet'], failures: readonly StartFailure[]): ChangeOutcome {
    const failedStarts = failures.map(({ id, error }) => ({
      bundle: id,
      name: this.#options.framework.get(id)?.name ?? '',
      reason: error.toString(),
    }));
    return { plan, revision: this.state.revision, unmet, notes: plan.notes, failedStarts };
  }

  /** A change of configuration: no gather, no bundles; the same commit and outbox. */
  async configure(edits: readonly ConfigurationEdit[]): Promise<void> {
    const { configuration, committer } = this.#options;
    const planned = configuration.plan(edits);
    const undo = await planned.apply({});
    const { state } = committer;
    try {
      await committer.commit({
        ...state,
        configurations: configuration.snapshot(),
        outbox: [...state.outbox, ...planned.writes],
      });
    } catch (error) {
      await undo();
      throw error;
    }
    runOutsideTransaction(() => configuration.commit(planned));
    await committer.flush();
  }

  /** Stops all bundles, highest level first, and commits, so that the outbox is empty on disk. */
  async close(): Promise<void> {
    const { framework, committer } = this.#options;
    const active = framework.list().filter((bundle) => bundle.id !== 0 && bundle.state === 'ACTIVE');
    for (const bundle of active.toSorted((a, b) => b.startLevel - a.startLevel || b.id - a.id))
      await framework.stop(bundle.id);
    await committer.close();
  }
}

function idsOf({ bundles, lost }: NodeState): ReadonlySet<number> {
  return new Set([...bundles, ...lost].map((spec) => spec.id));
}

/** Takes all back, last first, whatever one of them throws. */
async function undoAll(done: readonly Applied[], log: Logger): Promise<void> {
  for (const applied of [...done].reverse()) {
    await applied
      .undo()
      .catch((error) => log.error(`a change could not be undone: ${describeError(error)}`, error));
  }
}

import { relative } from 'node:path';
import { type ClaimRef, type Logger, overrideKey, type PlanStep, type Unmet } from '@stave/api';
import type { ConfigurationStore } from '../config/configuration-store.js';
import { fileName } from '../config/pid.js';
import type { BundleSpec } from '../framework/bundle-entry.js';
import type { Framework } from '../framework/framework.js';
import { askedClaims, type Manner, type Refused } from './manner.js';
import { claimId, compareClaims, isStanding } from './owners.js';
import { planSteps } from './plan-steps.js';
import { type Planned, type PlannerResult, plan, refuseUnmetGesture } from './planner.js';
import type { ResourceTypeRegistry } from './resource-type-registry.js';
import type { RevisionIndex } from './revision-index.js';
import type { HomeWrite, NodeState } from './state.js';
import { runOutsideTransaction } from './transaction-scope.js';
import { type StartFailure, transition } from './transition.js';
import { type FilesAsTheyAre, type FilesPlan, fillDigests, planFiles } from './written-files.js';

export interface RoundOptions {
  readonly home: string;
  readonly types: ResourceTypeRegistry;
  readonly framework: Framework;
  readonly configuration: ConfigurationStore;
  readonly revisions: RevisionIndex;
  /** Packages of the system bundle with their versions. */
  readonly system: Readonly<Record<string, string>>;
  readonly digestOf: FilesAsTheyAre['digest'];
  readonly log: Logger;
  /** Aborted when the node stops: a change whose starts are given up for that is undone. */
  readonly stopping: AbortSignal;
  /** Told how far ids are given away, before any bundle gets one. */
  readonly reserveIds: (nextBundleId: number) => void;
  /** Told how long each start took, for the report of the boot. */
  readonly onStarted?: (id: number, milliseconds: number) => void;
  /** Told each step of a transaction when it is done, such as `wired`. */
  readonly onStep?: (step: string) => void;
}

/** What one plan led to in memory, before it is committed. */
export interface Applied {
  /** The state as it is to be committed. */
  readonly state: NodeState;
  readonly steps: readonly PlanStep[];
  readonly notes: readonly string[];
  readonly failures: readonly StartFailure[];
  /** Takes everything back. */
  readonly undo: () => Promise<void>;
  /** To be called after the commit: tells, and removes what nothing can bring back any longer. */
  readonly committed: () => Promise<void>;
}

export type RoundResult =
  | { readonly kind: 'missing'; readonly locations: readonly string[] }
  | {
      readonly kind: 'simulated';
      readonly steps: readonly PlanStep[];
      readonly notes: readonly string[];
      readonly unmet: readonly Unmet[];
    }
  | { readonly kind: 'applied' };

/** Plans and applies one round of a change. */
export class Round {
  readonly #options: RoundOptions;
  readonly #manner: Manner;
  /** The state before the round: what is pinned there is the last good. */
  readonly #origin: NodeState;
  /** Ids of what ran before the round. */
  readonly #running: ReadonlySet<number>;
  #state: NodeState;

  constructor(options: RoundOptions, manner: Manner, state: NodeState) {
    this.#options = options;
    this.#manner = manner;
    this.#origin = state;
    this.#state = state;
    this.#running = activeBundles(options.framework);
  }

  /**
   * Goes on until no start fails that can be set aside.
   *
   * @param done gets what is applied, also when this throws
   * @param refused gets what did not start, so that later rounds do not try it again
   */
  async run(done: Applied[], refused: Refused): Promise<RoundResult> {
    const { change, failingStarts } = this.#manner;
    const seen = new Set<number>();
    for (;;) {
      const planned = this.#plan(refused);
      if (planned.kind === 'missing') return planned;
      const files = planFiles(
        planned.wishlist.wants,
        this.#state.written,
        this.#filesAsTheyAre(),
        change.configs,
      );
      const unmet = [...planned.unmet, ...files.unmet];
      if (!isStanding(change.owner) && !change.simulate) this.#refuse(planned, unmet);
      const restart = new Set(change.restart ?? []);
      const steps = planSteps(planned, files, {
        state: this.#state,
        framework: this.#options.framework,
        restart,
      });
      const notes = [...planned.wishlist.notes, ...planned.assembly.notes, ...files.notes];
      if (change.simulate) return { kind: 'simulated', steps, notes, unmet };
      const applied = await this.#apply(planned, files, steps, notes, refused);
      done.push(applied);
      const open = applied.failures.filter((failure) => !seen.has(failure.id));
      if (failingStarts === 'undo') this.#throwIfOwn(open);
      const size = refused.rejected.size + refused.aside.size;
      for (const failure of open) {
        seen.add(failure.id);
        if (failingStarts === 'set aside') this.#reject(failure, planned, refused);
      }
      if (refused.rejected.size + refused.aside.size === size) return { kind: 'applied' };
    }
  }

  #plan(refused: Refused): PlannerResult {
    const { types, revisions, system } = this.#options;
    const { wishes, gathered, change } = this.#manner;
    return plan({
      types: types.all(),
      wishes,
      state: { ...this.#state, artifacts: this.#origin.artifacts },
      gathered,
      manifest: (digest) => revisions.manifest(digest),
      system,
      repin: change.repin ?? [],
      noRefresh: change.noRefresh ?? false,
      ...refused,
    });
  }

  #refuse(planned: Planned, unmet: readonly Unmet[]): void {
    const { change } = this.#manner;
    const updated = new Set(change.update ?? []);
    const own = planned.wishlist.wants.flatMap((want) =>
      want.kind === 'bundle' && updated.has(want.location) ? want.claims : [],
    );
    refuseUnmetGesture(this.#origin.unmet, unmet, [...askedClaims(change), ...own], change.force ?? false);
  }

  async #apply(
    planned: Planned,
    files: FilesPlan,
    steps: readonly PlanStep[],
    notes: readonly string[],
    refused: Refused,
  ): Promise<Applied> {
    const { framework, configuration, revisions, log, stopping, onStarted, onStep } = this.#options;
    const { change, startAll } = this.#manner;
    const before = this.#state;
    this.#options.reserveIds(planned.assembly.nextId);
    const active = activeBundles(framework);
    const configured = configuration.plan(files.edits);
    const next = planned.assembly.specs;
    const rewired = new Set(planned.assembly.rewired.keys());
    const revision = (digest: string) => revisions.get(digest)!;
    let undoConfiguration: (() => Promise<void>) | undefined;
    const undo = async (): Promise<void> => {
      const between = async (): Promise<void> => undoConfiguration?.();
      const unstarted = await transition(framework, {
        next: before.bundles,
        rewired,
        restart: new Set(),
        revision,
        alsoStart: active,
        between,
      });
      for (const { error } of unstarted)
        log.error(`after a change was undone: ${error}`, error.cause ?? error);
      this.#state = before;
      await this.#removeData(next, [...before.bundles, ...before.lost]);
    };
    let failures: readonly StartFailure[];
    try {
      failures = await transition(framework, {
        next,
        rewired,
        restart: new Set(change.restart ?? []),
        revision,
        alsoStart: new Set(startAll ? next.map((spec) => spec.id) : []),
        between: async () => {
          undoConfiguration = await configured.apply({});
        },
        signal: stopping,
        ...(onStarted ? { onStarted } : {}),
        ...(onStep ? { onStep } : {}),
      });
      if (failures.length > 0) stopping.throwIfAborted();
    } catch (error) {
      await undo();
      throw error;
    }
    for (const { error } of failures) log.error(error.toString(), error.cause ?? error);
    const writes = [...configured.writes, ...files.writes];
    this.#state = this.#nextState(planned, files, writes, refused);
    return {
      state: this.#state,
      steps,
      notes,
      failures,
      undo,
      committed: async () => {
        runOutsideTransaction(() => configuration.commit(configured));
        await this.#removeData([...before.bundles, ...before.lost], [...next, ...planned.assembly.lost]);
      },
    };
  }

  /** Removes the data of bundles that were there and are not any longer. */
  async #removeData(before: readonly BundleSpec[], after: readonly BundleSpec[]): Promise<void> {
    const { framework, log } = this.#options;
    const kept = new Set(after.map((spec) => spec.id));
    for (const { id, name } of before.filter((spec) => !kept.has(spec.id))) {
      await framework
        .removeData(id)
        .catch((error) => log.warn(`the data folder of ${name} could not be removed`, error));
    }
  }

  #nextState(planned: Planned, files: FilesPlan, writes: readonly HomeWrite[], refused: Refused): NodeState {
    const { assembly, wishlist } = planned;
    const { wishes } = this.#manner;
    const before = this.#state;
    const claimed = new Set(wishes.claims.map(claimId));
    return {
      ...before,
      failed: [...refused.aside.values()].filter(({ claim }) => claimed.has(claimId(claim))),
      nextBundleId: Math.max(before.nextBundleId, assembly.nextId),
      claims: [...wishes.claims].sort(compareClaims),
      unmet: [...planned.unmet, ...files.unmet, ...this.#unmetByStarts(planned)],
      overrides: wishes.overrides.filter((override) =>
        [...assembly.specs, ...assembly.lost].some((spec) => overrideKey(spec) === override.bundle),
      ),
      pins: wishlist.pins,
      artifacts: planned.artifacts,
      bundles: assembly.specs,
      lost: assembly.lost,
      configurations: this.#options.configuration.snapshot(),
      written: fillDigests(files.written, writes, (pid) => this.#configurationPath(pid)),
      outbox: [...before.outbox, ...writes],
      observed: wishlist.observed,
    };
  }

  /** Claims on bundles that are there, but did not start, now or at an earlier change. */
  #unmetByStarts(planned: Planned): readonly Unmet[] {
    return planned.assembly.specs.flatMap((spec) => {
      const { failure } = this.#options.framework.entry(spec.id);
      if (!failure) return [];
      return claimsOn(spec, planned).map((claim) => ({ claim, code: failure.code, reason: failure.reason }));
    });
  }

  /**
   * A console gesture is refused by a failing start of what it installed or updated, and of what ran before; what did not run is
   * only started, and that is only told.
   */
  #throwIfOwn(failures: readonly StartFailure[]): void {
    const before = new Map(this.#origin.bundles.map((spec) => [spec.id, spec]));
    const own = failures.find(({ id }) => {
      const now = this.#state.bundles.find((spec) => spec.id === id);
      return this.#running.has(id) || now?.digest !== before.get(id)?.digest;
    });
    if (own) throw own.error;
  }

  /** Falls back to the last good revision of a bundle that did not start, or sets the claims that brought a new one aside. */
  #reject(failure: StartFailure, planned: Planned, refused: Refused): void {
    const spec = this.#state.bundles.find((candidate) => candidate.id === failure.id);
    if (!spec) return;
    const { code, message: reason } = failure.error;
    const last = this.#origin.artifacts[spec.location];
    if (last && last.digest !== spec.digest) {
      refused.rejected.set(spec.location, { code, reason });
      return;
    }
    const { bundles, lost } = this.#origin;
    if ([...bundles, ...lost].some((old) => old.id === spec.id)) return;
    for (const claim of claimsOn(spec, planned)) {
      // A bundle that is claimed by itself stays, so that the user sees it with its failure.
      if (claim.type !== 'bundle') refused.aside.set(claimId(claim), { claim, code, reason });
    }
  }

  /** Files as they will be when the outbox is flushed. */
  #filesAsTheyAre(): FilesAsTheyAre {
    const { configuration, digestOf } = this.#options;
    const coming = new Map(this.#state.outbox.map(({ path, after }) => [path, after]));
    return {
      configuration: (pid) => {
        const found = configuration.get(pid);
        return found && (found.file === undefined ? 'memory' : 'file');
      },
      configurationPath: (pid) => this.#configurationPath(pid),
      digest: (path) => (coming.has(path) ? (coming.get(path) ?? null) : digestOf(path)),
    };
  }

  /** Where a configuration has its file, or would get it; relative to the home. */
  #configurationPath(pid: string): string {
    const { configuration, home } = this.#options;
    const file = configuration.get(pid)?.file;
    return file === undefined ? `etc/${fileName(pid, 'cfg')}` : relative(home, file);
  }
}

function activeBundles(framework: Framework): ReadonlySet<number> {
  return new Set(framework.list().flatMap((bundle) => (bundle.state === 'ACTIVE' ? [bundle.id] : [])));
}

function claimsOn(spec: BundleSpec, planned: Planned): readonly ClaimRef[] {
  return planned.wishlist.wants.flatMap((want) =>
    want.kind === 'bundle' && want.location === spec.location ? want.claims : [],
  );
}

import type { AbortOptions, Event, JsonObject, JsonValue } from './disposable.js';
import type { Plan } from './plan.js';
import { serviceToken } from './token.js';

/** Who wants something. `console` makes gestures; all others are standing. */
export type Owner = 'boot' | 'console' | 'local' | `deploy:${string}` | `group:${string}`;

/** "This is wanted." Identified by owner, type and key. */
export interface Claim {
  readonly owner: Owner;
  /** Name of a resource type: `bundle`, `repository`, `feature`, `configuration`. */
  readonly type: string;
  /** What is wanted, in the form of its type: a location, a URL, `name` or `name/range`, a PID. */
  readonly key: string;
  /** How it is wanted; its form belongs to the type. */
  readonly value: JsonObject;
  /** Belongs to the owner and is only kept for it, committed with the claim. */
  readonly data?: JsonValue;
  /** Round of the plan, for boot claims; rounds run in growing order, a failed one does not hold up the next. Default 0. */
  readonly stage?: number;
}

export type ClaimKey = Pick<Claim, 'type' | 'key'>;

/** A claim with what became of it. */
export interface ClaimStatus extends Claim {
  /** Why it is set aside; undefined when it is met. */
  readonly unmet: { readonly code: string; readonly reason: string } | undefined;
}

/** A console decision about a bundle, whoever claims it. Belongs to name and major version. */
export interface Override {
  /** `name@major` */
  readonly bundle: string;
  readonly stopped?: boolean;
  readonly startLevel?: number;
}

/** The key that overrides of a bundle have: its name and major version. */
export function overrideKey({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version.split('.', 1)[0]}`;
}

/** One gesture. All its parts take effect together, or none does. */
export interface ClaimChange {
  readonly owner: Owner;
  readonly set?: readonly Omit<Claim, 'owner'>[];
  readonly release?: readonly ClaimKey[];
  /** Whether `set` is all that the owner wants: its other claims are released. */
  readonly replaceAll?: boolean;
  /** Overrides to write; `stopped: false` and `startLevel: 0` take one back. */
  readonly overrides?: readonly Override[];
  /** Locations to fetch and prepare again, whatever is pinned. */
  readonly update?: readonly string[];
  /** Pins to drop: `feature:NAME`, `wire:BUNDLE`, or all with `true`. */
  readonly repin?: readonly string[] | true;
  /** Whether configurations and files of features that a user has deleted are written again. */
  readonly configs?: boolean;
  /** Bundles (by id) to stop and start. */
  readonly restart?: readonly number[];
  /** Whether what runs may be set aside by a console gesture. */
  readonly force?: boolean;
  /** Only plan; nothing is changed. */
  readonly simulate?: boolean;
  /** Whether importers of what is updated keep the old revision. */
  readonly noRefresh?: boolean;
  /** Told to listeners with every event of the change; default `change`. */
  readonly cause?: string;
}

export interface ChangeOutcome {
  readonly plan: Plan;
  /** Number of the committed state; the present one when nothing was changed. */
  readonly revision: number;
  /** Claims of the change that are kept, but set aside. */
  readonly unmet: readonly ClaimStatus[];
  /** What the user should know: things kept by others, bundles that wait. */
  readonly notes: readonly string[];
  /** Starts that failed and are only observed, such as those of `bundle:start`. */
  readonly failedStarts: readonly {
    readonly bundle: number;
    readonly name: string;
    readonly reason: string;
  }[];
}

/** Given at once by `Claims.change`. */
export interface ChangeTicket {
  readonly id: string;
  /**
   * Resolves when the change is committed and its files are written; rejects with a StaveError when it was refused, and then
   * nothing has changed. Awaiting it inside a callback of the running transaction rejects with `STAVE_TX_REENTRANT`.
   */
  readonly outcome: Promise<ChangeOutcome>;
}

export interface CommitEvent {
  readonly owner: Owner;
  readonly cause: string;
  readonly revision: number;
  readonly plan: Plan;
}

/** The desired state. Nothing else changes a running node. */
export interface Claims {
  change(change: ClaimChange, options?: AbortOptions): ChangeTicket;
  /** Sorted by owner, type, key. */
  list(): readonly ClaimStatus[];
  overrides(): readonly Override[];
  readonly revision: number;
  readonly onDidCommit: Event<CommitEvent>;
}
export const Claims = serviceToken<Claims>('stave.Claims', 1);

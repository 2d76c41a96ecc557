import { serviceToken } from './token.js';

export type StepKind =
  | 'stop'
  | 'uninstall'
  | 'install'
  | 'update'
  | 'rewire'
  | 'configure'
  | 'unconfigure'
  | 'start'
  | 'restart'
  | 'write'
  | 'remove'
  | 'wait';

/** One thing that the transaction does, with its reason. */
export interface PlanStep {
  readonly kind: StepKind;
  /** What it is done to: `@acme/greeter 1.2.0`, a PID, a file. */
  readonly subject: string;
  /** Such as `wanted by feature greeter/1.0.0`, `imports @acme/clock-api, which is updated`. */
  readonly reason: string;
}

/** What a change does, in order. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  /** Claims that cannot be met now, with the reason. */
  readonly setAside: readonly {
    readonly owner: string;
    readonly type: string;
    readonly key: string;
    readonly code: string;
    readonly reason: string;
  }[];
  readonly notes: readonly string[];
}

/** The plans of this run, newest last. */
export interface Plans {
  recent(): readonly (Plan & {
    readonly time: number;
    readonly cause: string;
    readonly milliseconds: number;
  })[];
}
export const Plans = serviceToken<Plans>('stave.Plans', 1);

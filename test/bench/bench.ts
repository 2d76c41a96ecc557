import type { Peers } from './peers.js';
import type { Thousand } from './thousand.js';

/** A bound that a figure is to stay under, or to get over. */
export type Goal = { readonly below: number } | { readonly above: number };

/** What a figure is shown beside: measured in the same run, or a text that says where else it comes from. */
export type Beside =
  | { readonly name: string; readonly value: number }
  | { readonly name: string; readonly text: string };

/** One measured value. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'µs' | 'MB' | 'kB' | '/s' | 'times';
  /** How many runs it is the median of, or how it was counted. */
  readonly of: string;
  readonly goal?: Goal;
  readonly beside?: readonly Beside[];
}

/** What the rows share. */
export interface World {
  /** Fewer runs: rough figures within minutes. */
  readonly quick: boolean;
  /** A folder of the run, removed at its end. */
  readonly folder: string;
  readonly peers: Peers;
  /** Homes with many generated bundles, made once. */
  readonly thousand: Thousand;
}

/** A row of the table: one thing that users feel, and how it is measured. */
export interface Bench {
  /** Chosen by `--only`. */
  readonly name: string;
  readonly title: string;
  measure(world: World): Promise<readonly Figure[]>;
}

export function isReached({ value, goal }: Pick<Figure, 'value' | 'goal'>): boolean | undefined {
  if (!goal) return undefined;
  return 'below' in goal ? value < goal.below : value > goal.above;
}

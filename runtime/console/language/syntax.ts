/** A piece of a word. What is quoted is never split at blanks. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'output'; readonly script: Script; readonly quoted: boolean };

export interface Word {
  readonly parts: readonly Part[];
}

/** `scope:name words`, or `NAME=value`. */
export type SimpleCommand =
  | { readonly kind: 'call'; readonly words: readonly Word[] }
  | { readonly kind: 'assignment'; readonly name: string; readonly value: Word };

/** Commands joined by `|`; at least one. */
export type Pipeline = readonly SimpleCommand[];

/** A pipeline, and what the step before it must have come to: anything (`;`), success (`&&`), failure (`||`). */
export interface Step {
  readonly when: 'always' | 'success' | 'failure';
  readonly pipeline: Pipeline;
}

export type Script = readonly Step[];

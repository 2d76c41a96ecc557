import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Vectors<Case> {
  /** What a case means. */
  readonly about: string;
  readonly source: string;
  readonly cases: readonly Case[];
}

/** The cases of one topic: input and expected outcome as plain data. */
export function vectorsOf<Case extends { readonly id: string }>(topic: string): readonly Case[] {
  const path = fileURLToPath(new URL(`../../conformance/vectors/${topic}.json`, import.meta.url));
  return (JSON.parse(readFileSync(path, 'utf8')) as Vectors<Case>).cases;
}

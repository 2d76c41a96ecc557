import type { JsonObject } from '@stave/api';
import { type ArtifactLimits, DEFAULT_ARTIFACT_LIMITS } from '../artifacts/limits.js';
import type { LifeLimits } from '../framework/collaborators.js';

/** PID of the limits. */
export const LIMITS_PID = 'stave.limits';

export interface Limits {
  readonly life: LifeLimits;
  readonly artifacts: ArtifactLimits;
}

const DEFAULT_LIFE: LifeLimits = { evaluation: 2_000, start: 30_000, stop: 30_000 };

export const DEFAULT_LIMITS: Limits = { life: DEFAULT_LIFE, artifacts: DEFAULT_ARTIFACT_LIMITS };

/** JSON schema of `etc/stave.limits.cfg`. */
export const LIMITS_SCHEMA = {
  type: 'object',
  properties: Object.fromEntries(
    ['evaluation.timeout', 'start.timeout', 'stop.timeout', ...Object.keys(DEFAULT_ARTIFACT_LIMITS)].map(
      (key) => [key, { type: 'integer', minimum: 1 }],
    ),
  ),
  additionalProperties: false,
} as const;

function number(properties: JsonObject, key: string, otherwise: number): number {
  const value = Number(properties[key]);
  return Number.isSafeInteger(value) && value > 0 ? value : otherwise;
}

/** Limits from the configuration; what is absent keeps its default. */
export function limitsFrom(properties: JsonObject): Limits {
  const artifacts = Object.fromEntries(
    (Object.keys(DEFAULT_ARTIFACT_LIMITS) as (keyof ArtifactLimits)[]).map((key) => [
      key,
      number(properties, key, DEFAULT_ARTIFACT_LIMITS[key]),
    ]),
  );
  return {
    life: {
      evaluation: number(properties, 'evaluation.timeout', DEFAULT_LIFE.evaluation),
      start: number(properties, 'start.timeout', DEFAULT_LIFE.start),
      stop: number(properties, 'stop.timeout', DEFAULT_LIFE.stop),
    },
    artifacts: artifacts as unknown as ArtifactLimits,
  };
}

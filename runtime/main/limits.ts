import { type JsonObject, StaveError } from '@stave/api';
import { type ArtifactLimits, DEFAULT_ARTIFACT_LIMITS } from '../artifacts/limits.js';
import type { LifeLimits } from '../framework/collaborators.js';

/** PID of the limits. */
export const LIMITS_PID = 'stave.limits';

export interface Limits {
  readonly life: LifeLimits;
  readonly artifacts: ArtifactLimits;
  /** How long the event loop may be blocked before the watchdog names who does it, in milliseconds. */
  readonly loop: number;
}

const DEFAULT_LIFE: LifeLimits = { evaluation: 2_000, start: 30_000, stop: 30_000 };

const DEFAULT_LOOP = 5_000;

export const DEFAULT_LIMITS: Limits = {
  life: DEFAULT_LIFE,
  artifacts: DEFAULT_ARTIFACT_LIMITS,
  loop: DEFAULT_LOOP,
};

const KEYS = [
  'evaluation.timeout',
  'start.timeout',
  'stop.timeout',
  'loop.timeout',
  ...Object.keys(DEFAULT_ARTIFACT_LIMITS),
];

/** Throws `STAVE_CONFIG_REFUSED` for a key that is no limit, and a value that is no whole number above zero. */
export function checkLimits(properties: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(properties)) {
    if (!KEYS.includes(key)) {
      throw new StaveError('STAVE_CONFIG_REFUSED', `${key} is no limit`, {
        remedy: `use ${KEYS.join(', ')}`,
      });
    }
    if (!isLimit(Number(value))) {
      throw new StaveError('STAVE_CONFIG_REFUSED', `${key} is "${value}"`, {
        remedy: 'write a whole number above zero, in milliseconds, bytes or files',
      });
    }
  }
  return properties;
}

function isLimit(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function number(properties: JsonObject, key: string, otherwise: number): number {
  const value = Number(properties[key]);
  return isLimit(value) ? value : otherwise;
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
    loop: number(properties, 'loop.timeout', DEFAULT_LOOP),
  };
}

import { type JsonObject, type LogLevel, StaveError } from '@stave/api';
import { LOG_LEVELS } from './levels.js';

/** `etc/stave.log.cfg` as it is understood. */
export interface LogConfiguration {
  readonly level: LogLevel;
  /** By logger name. */
  readonly levels: ReadonlyMap<string, LogLevel>;
  /** Largest size of one file in bytes. */
  readonly fileSize: number;
  /** How many files are kept, the present one included. */
  readonly fileCount: number;
  /** How many records the ring holds. */
  readonly ring: number;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/**
 * Reads `level`, `level.<logger>`, `file.size` (bytes, or with a unit: `10 MB`), `file.count` and `ring`; other names are
 * passed over. Throws `STAVE_CONFIG_REFUSED` naming the property.
 */
export function readLogConfiguration(properties: JsonObject): LogConfiguration {
  const levels = new Map<string, LogLevel>();
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('level.')) levels.set(name.slice('level.'.length), levelFrom(name, value));
  }
  return {
    level: levelFrom('level', properties.level ?? 'info'),
    levels,
    fileSize: sizeFrom('file.size', properties['file.size'] ?? 10e6, 1000),
    fileCount: countFrom('file.count', properties['file.count'] ?? 5, 1),
    ring: countFrom('ring', properties.ring ?? 500, 0),
  };
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new StaveError('STAVE_CONFIG_REFUSED', `${name} is ${JSON.stringify(value)}, not ${expected}`, {
    where: 'stave.log',
    details: { property: name },
  });
}

function levelFrom(name: string, value: unknown): LogLevel {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return LOG_LEVELS.find((level) => level === text) ?? refuse(name, value, `one of ${LOG_LEVELS.join(', ')}`);
}

function countFrom(name: string, value: unknown, least: number): number {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isSafeInteger(count) && (count as number) >= least && (count as number) <= 100_000
    ? (count as number)
    : refuse(name, value, `a whole number from ${least} to 100000`);
}

function sizeFrom(name: string, value: unknown, least: number): number {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmg]?)b?\s*$/i.exec(String(value)) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[unit?.toLowerCase() ?? ''] ?? 1));
  return bytes >= least ? bytes : refuse(name, value, `a size such as 10 MB, at least ${least} bytes`);
}

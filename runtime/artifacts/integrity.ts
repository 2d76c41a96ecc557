import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { StaveError } from '@stave/api';

const ALGORITHMS = ['sha512', 'sha384', 'sha256'] as const;
export type IntegrityAlgorithm = (typeof ALGORITHMS)[number];

export interface Integrity {
  readonly algorithm: IntegrityAlgorithm;
  /** Base64; any of them will do. */
  readonly hashes: readonly string[];
}

/** Reads a subresource integrity string; of several algorithms the strongest counts. */
export function parseIntegrity(text: string, where: string): Integrity {
  const entries = text
    .trim()
    .split(/\s+/)
    .map((part) => /^(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})(\?.*)?$/.exec(part));
  for (const algorithm of ALGORITHMS) {
    const hashes = entries.flatMap((entry) => (entry?.[1] === algorithm ? [entry[2]!] : []));
    if (hashes.length > 0) return { algorithm, hashes };
  }
  throw new StaveError('STAVE_INTEGRITY_MISMATCH', `${JSON.stringify(text)} is no integrity string`, {
    where,
    remedy: 'write "sha512-" and the hash in base64',
  });
}

/** Throws `STAVE_INTEGRITY_MISMATCH` unless the hash, in base64, is one of those expected. */
export function checkIntegrity(expected: Integrity, actual: string, where: string): void {
  if (expected.hashes.includes(actual)) return;
  const { algorithm, hashes } = expected;
  throw new StaveError(
    'STAVE_INTEGRITY_MISMATCH',
    `is ${algorithm}-${actual}, not ${hashes.map((hash) => `${algorithm}-${hash}`).join(' or ')}`,
    { where, details: { algorithm, actual, expected: hashes } },
  );
}

export async function fileHash(path: string, algorithm: IntegrityAlgorithm): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('base64');
}

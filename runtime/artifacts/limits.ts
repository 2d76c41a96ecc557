import { StaveError } from '@stave/api';

/** How much an artifact may cost; the keys are those of etc/stave.limits.cfg. Sizes in bytes, times in milliseconds. */
export interface ArtifactLimits {
  readonly 'download.size': number;
  /** Longest silence of a server. */
  readonly 'download.timeout': number;
  readonly 'unpacked.size': number;
  readonly 'unpacked.files': number;
  readonly 'npm.timeout': number;
}

export const DEFAULT_ARTIFACT_LIMITS: ArtifactLimits = {
  'download.size': 100_000_000,
  'download.timeout': 30_000,
  'unpacked.size': 500_000_000,
  'unpacked.files': 50_000,
  'npm.timeout': 300_000,
};

/** The error for something that is larger than its limit. */
export function limitExceeded(key: keyof ArtifactLimits, limit: number, where: string): StaveError {
  const what = key === 'download.size' ? 'is larger' : 'holds more';
  const unit = key === 'unpacked.files' ? 'files' : 'bytes';
  return new StaveError('STAVE_LIMIT_EXCEEDED', `${what} than ${limit} ${unit} (${key})`, {
    where,
    remedy: `make it smaller, or raise ${key} in etc/stave.limits.cfg`,
    details: { key, limit },
  });
}

/** Counts what is unpacked and throws as soon as a limit is passed. */
export class UnpackBudget {
  #files = 0;
  #size = 0;
  readonly #limits: ArtifactLimits;
  readonly #where: string;

  constructor(limits: ArtifactLimits, where: string) {
    this.#limits = limits;
    this.#where = where;
  }

  take(files: number, bytes: number): void {
    this.#files += files;
    this.#size += bytes;
    const { 'unpacked.files': maxFiles, 'unpacked.size': maxSize } = this.#limits;
    if (this.#files > maxFiles) throw limitExceeded('unpacked.files', maxFiles, this.#where);
    if (this.#size > maxSize) throw limitExceeded('unpacked.size', maxSize, this.#where);
  }
}

import { sha256 } from '../base/digest.js';

/** What a stat says about a source file. */
export interface SourceStat {
  readonly path: string;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/** A file changed later than this before it was looked at may change again without its times showing it. */
const RACY_MILLISECONDS = 2000;

/** How files looked at a moment, in a form that can be kept: `hash.newest.taken`, times in milliseconds since 1970. */
export function fingerprintOf(stats: readonly SourceStat[], taken: number): string {
  let newest = 0n;
  const lines = stats.map(({ path, size, mtimeNs, ctimeNs, ino }) => {
    if (mtimeNs > newest) newest = mtimeNs;
    if (ctimeNs > newest) newest = ctimeNs;
    return `${path}\0${size}\0${mtimeNs}\0${ctimeNs}\0${ino}\n`;
  });
  return `${sha256(lines.sort().join('')).slice(0, 32)}.${newest / 1_000_000n}.${Math.floor(taken)}`;
}

/** Whether it was taken so soon after a change that a later one could hide behind the same times, as in git's index. */
export function isRacy(fingerprint: string): boolean {
  const [, newest, taken] = fingerprint.split('.').map(Number);
  return !(newest! < taken! - RACY_MILLISECONDS);
}

/** Whether files that look like `present` surely hold what they held when `past` was taken. */
export function provesUnchanged(past: string, present: string): boolean {
  return !isRacy(past) && past.split('.')[0] === present.split('.')[0];
}

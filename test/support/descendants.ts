import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that have a mark in their environment, which they inherit. Linux only: empty elsewhere. */
export function processesMarked(mark: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(mark))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}

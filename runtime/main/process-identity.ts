import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Tells a process from any other, also from a later one that got the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in a form that only compares. */
  readonly started: string;
  /** This run of the operating system; empty where it has no name. */
  readonly boot: string;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return ''; // macOS: the start time, which has a date, is enough
  }
}

/** When a process started; undefined when there is none of this id. */
function startOf(pid: number): string | undefined {
  try {
    // Field 22 of proc(5); the command in parentheses may hold blanks.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that has ended, but whose parent has not looked yet, holds nothing any longer.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? '', boot: bootId() };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identity.boot === bootId() && startOf(identity.pid) === identity.started;
}

import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, platform } from 'node:os';

/** Under which circumstances figures came about. */
export interface Conditions {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  /** Load average of the last minute, at the start of the run. */
  readonly load: number;
  readonly fileSystem: string;
}

export function conditions(folder: string): Conditions {
  return {
    node: process.version,
    platform: platform(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
    fileSystem: fileSystemOf(folder),
  };
}

/** What the homes lie on decides what a flush costs. */
function fileSystemOf(folder: string): string {
  try {
    return (
      execFileSync('df', ['-P', folder], { encoding: 'utf8' }).trim().split('\n').at(-1)?.split(' ')[0] ??
      'unknown'
    );
  } catch {
    return 'unknown';
  }
}

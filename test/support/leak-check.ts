import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { poll } from './poll.js';

const PROCESS_EVENTS = [
  'uncaughtException',
  'unhandledRejection',
  'warning',
  'exit',
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
] as const;
/** Kinds of active resources that belong to the test runner or to Node itself. */
const NOT_OURS = new Set(['TTYWrap', 'PipeWrap', 'CloseReq', 'Immediate']);

interface Snapshot {
  readonly resources: ReadonlyMap<string, number>;
  readonly listeners: ReadonlyMap<string, number>;
  readonly children: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

function childProcesses(): Set<string> {
  try {
    return new Set(
      readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    return new Set(); // not Linux: nothing to compare
  }
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) if (!NOT_OURS.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function without(names: readonly string[], name: string, count: number): string[] {
  let left = count;
  return names.filter((other) => other !== name || left-- <= 0);
}

/** @param timers how many timers are not to be counted */
function snapshot(timers = 0): Snapshot {
  return {
    resources: count(without(process.getActiveResourcesInfo(), 'Timeout', timers)),
    listeners: new Map(PROCESS_EVENTS.map((name) => [name, process.listenerCount(name)])),
    children: childProcesses(),
    folders: new Set(readdirSync(tmpdir()).filter((name) => name.startsWith('stave-'))),
  };
}

function grown(
  kind: string,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): string[] {
  return [...after]
    .filter(([name, n]) => n > (before.get(name) ?? 0))
    .map(([name, n]) => `${kind} ${name}: ${before.get(name) ?? 0} before, ${n} after`);
}

function added(kind: string, before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  return [...after].filter((name) => !before.has(name)).map((name) => `${kind} ${name}`);
}

function differences(before: Snapshot, after: Snapshot): string[] {
  return [
    ...grown('resource', before.resources, after.resources),
    ...grown('listeners of process event', before.listeners, after.listeners),
    ...added('process', before.children, after.children),
    ...added('temporary folder', before.folders, after.folders),
  ];
}

/** Compares timers, sockets, watchers, process listeners, child processes and temporary folders before and after a test. */
export class LeakCheck {
  #before: Snapshot | undefined;

  begin(): void {
    this.#before = snapshot();
  }

  /** What is there more than before; handles that are closing get half a second to go. */
  async end(): Promise<readonly string[]> {
    const before = this.#before;
    if (!before) return [];
    let leaks: string[] = [];
    let looks = 0;
    // The poll's own timer is not to be counted: the look is taken right after it has fired. From the second look on there
    // is mocha's, which limits the hook that waits for us.
    await poll(
      () => {
        leaks = differences(before, snapshot(looks === 0 ? 0 : 1));
        looks += 1;
        return leaks.length === 0;
      },
      { milliseconds: 500, otherwise: 'return' },
    );
    return leaks;
  }
}

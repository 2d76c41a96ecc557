import type { BootSpan, Command, Home, Plans, System } from '@stave/api';
import { pairs } from '../language/help-text.js';
import { bytesText, durationText } from './figures.js';
import { flag } from './invocation.js';

interface Deps {
  readonly system: System;
  readonly plans: Plans;
  readonly home: Home;
}

/** Changes that a report shows. */
const PLANS_SHOWN = 5;

/** The commands of the scope `system`. */
export function systemCommands(deps: Deps): readonly Command[] {
  return [name(deps), version(deps), shutdown(deps), report(deps), clean(deps)];
}

function name({ system }: Deps): Command {
  return {
    scope: 'system',
    name: 'name',
    description: 'Show the name of the node',
    execute: () => system.name,
  };
}

function version({ system }: Deps): Command {
  return {
    scope: 'system',
    name: 'version',
    description: 'Show the version of the runtime',
    execute: () => system.version,
  };
}

function shutdown({ system }: Deps): Command {
  return {
    scope: 'system',
    name: 'shutdown',
    description: 'Stop the node in order',
    options: [{ name: 'force', short: 'f', description: 'Do not ask' }],
    async execute(invocation) {
      const { session } = invocation;
      const asks = session.interactive && !flag(invocation, 'force');
      if (asks && !(await session.confirm(`Stop the node ${system.name}?`))) return 'it goes on';
      session.close();
      system.shutdown();
      return `${system.name} stops`;
    },
  };
}

function report({ system, plans, home }: Deps): Command {
  return {
    scope: 'system',
    name: 'report',
    description: 'Show how the node is: boot times, memory, latest changes, leaks',
    execute() {
      const memory = process.memoryUsage();
      const facts: readonly (readonly [string, string])[] = [
        ['Name', system.name],
        ['Version', `${system.version} on Node.js ${process.versions.node}, ${process.platform}`],
        ['Home', home.root],
        ['Process', String(process.pid)],
        ['Up for', durationText(system.uptimeMilliseconds)],
        ['Memory', `${bytesText(memory.rss)} in all, ${bytesText(memory.heapUsed)} of heap in use`],
      ];
      const stale = system.stale();
      return [
        ...pairs(facts),
        '',
        'Boot',
        ...bootLines(system.boot, '  '),
        '',
        'Latest changes',
        ...orNone(planLines(plans)),
        '',
        'Uninstalled, but still held in memory',
        ...orNone(stale.map((text) => `  ${text}`)),
      ].join('\n');
    },
  };
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['  none'] : lines;
}

/** A tree with the milliseconds of each span in front. */
function bootLines(span: BootSpan, indent: string): readonly string[] {
  const figure = span.milliseconds.toFixed(1).padStart(9);
  return [
    `${figure} ms${indent}${span.name}`,
    ...span.children.flatMap((child) => bootLines(child, `${indent}  `)),
  ];
}

function planLines(plans: Plans): readonly string[] {
  return plans
    .recent()
    .slice(-PLANS_SHOWN)
    .map(
      ({ time, cause, steps, milliseconds }) =>
        `  ${new Date(time).toISOString()}  ${cause}: ${steps.length} steps in ${milliseconds.toFixed(0)} ms`,
    );
}

function clean({ system }: Deps): Command {
  return {
    scope: 'system',
    name: 'clean',
    description: 'Remove what is no longer needed from the store',
    options: [{ name: 'dry-run', description: 'Only show what would go' }],
    async execute(invocation) {
      const dryRun = flag(invocation, 'dry-run');
      const { removed, bytes } = await system.clean({ dryRun });
      const total = `${dryRun ? 'would remove' : 'removed'} ${removed.length} things, ${bytesText(bytes)}`;
      return [...removed, total].join('\n');
    },
  };
}

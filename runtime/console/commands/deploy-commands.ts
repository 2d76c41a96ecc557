import type { Command, Deployments } from '@stave/api';

/** The commands of the scope `deploy`. */
export function deployCommands(deployments: Deployments): readonly Command[] {
  return [
    {
      scope: 'deploy',
      name: 'list',
      description: 'Show what lies in deploy/, and what became of it',
      execute: () => ({
        columns: ['File', 'Kind', 'State', 'Result'],
        rows: deployments.list().map(({ file, kind, state, result }) => [file, kind, state, result]),
        empty: 'Nothing lies in deploy/',
      }),
    },
  ];
}

import type { Command, ServiceReference, Services, Table } from '@stave/api';
import { optionalArgument } from './invocation.js';

/** Properties that have a column of their own. */
const SHOWN_APART = new Set(['objectclass', 'service.id', 'service.bundleid', 'service.ranking']);

/** The commands of the scope `service`. */
export function serviceCommands(services: Pick<Services, 'references'>): readonly Command[] {
  return [
    {
      scope: 'service',
      name: 'list',
      description: 'Show the services, with the tokens that they can be found under',
      arguments: [
        {
          name: 'filter',
          description:
            'An LDAP filter over the properties, as in (type=json), or a part of a token or bundle name',
          optional: true,
        },
      ],
      execute: (invocation) => table(find(services, optionalArgument(invocation, 'filter'))),
    },
  ];
}

function find(
  services: Pick<Services, 'references'>,
  filter: string | undefined,
): readonly ServiceReference[] {
  if (filter === undefined) return services.references();
  if (filter.startsWith('(')) return services.references(undefined, { filter });
  return services
    .references()
    .filter(
      ({ tokens, bundleName }) =>
        bundleName.includes(filter) || tokens.some(({ key }) => key.includes(filter)),
    );
}

function table(references: readonly ServiceReference[]): Table {
  return {
    columns: ['ID', 'Bundle', 'Tokens', 'Ranking', 'Properties'],
    rows: [...references]
      .sort((a, b) => a.id - b.id)
      .map(({ id, bundleName, tokens, ranking, properties }) => [
        id,
        bundleName,
        tokens.map(({ key }) => key),
        ranking,
        Object.fromEntries(
          Object.entries(properties)
            .filter(([name]) => !SHOWN_APART.has(name.toLowerCase()))
            .map(([name, value]) => [name, shownValue(value)]),
        ),
      ]),
    empty: 'No services',
  };
}

/** Properties can hold anything; what JSON cannot say is shown as text. */
function shownValue(value: unknown): string | number | boolean | readonly string[] {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return Array.isArray(value) ? value.map(String) : String(value);
}

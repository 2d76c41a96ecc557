import type { ArgumentSpec, Features } from '@stave/api';

/** How users name features; the names that there are, are suggested. */
export function featureArgument(features: Features, description: string, optional = false): ArgumentSpec {
  return {
    name: 'features',
    description,
    many: true,
    optional,
    complete: async () => [...new Set((await features.list()).map(({ name }) => name))],
  };
}

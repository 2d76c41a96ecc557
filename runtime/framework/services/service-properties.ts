import { type ServiceProperties, type ServiceToken, StaveError } from '@stave/api';
import type { ServiceOwner } from './service-entry.js';

/** Written by the registry: an author's values for them are passed over. */
const OWN_NAMES = new Set(['service.id', 'service.bundleid', 'objectclass']);

/**
 * The author's properties with those of the registry, frozen. Names that differ only in case are refused, since filters
 * could not tell them apart.
 */
export function completeProperties(
  author: ServiceProperties,
  id: number,
  owner: ServiceOwner,
  tokens: readonly ServiceToken<unknown>[],
): ServiceProperties {
  const names = new Map<string, string>();
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(author)) {
    const folded = name.toLowerCase();
    const other = names.get(folded);
    if (other !== undefined) {
      throw new StaveError(
        'STAVE_SERVICE_INVALID',
        `the properties ${other} and ${name} differ only in case`,
        {
          where: `service of ${owner.name}`,
          remedy: 'keep one of the two',
        },
      );
    }
    names.set(folded, name);
    if (folded === 'service.ranking') properties['service.ranking'] = value;
    else if (!OWN_NAMES.has(folded)) properties[name] = value;
  }
  properties['service.id'] = id;
  properties['service.bundleid'] = owner.id;
  properties.objectClass = Object.freeze(tokens.map((token) => token.key));
  return Object.freeze(properties);
}

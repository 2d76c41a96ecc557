import {
  type Claim,
  type ExpandContext,
  type Expansion,
  type JsonObject,
  type ResourceType,
  StaveError,
} from '@stave/api';
import { refOf } from './owners.js';

/** Claims of configurations that live as long as their claim, such as a `.cfg` file in deploy/; the key is a PID. */
export const configurationType: ResourceType = {
  name: 'configuration',

  check(claim: Claim): void {
    const { properties } = claim.value;
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
      throw new StaveError('STAVE_CLAIM_INVALID', `the configuration ${claim.key} has no properties`);
    }
  },

  gather: () => Promise.resolve([]),

  expand({ claims }: ExpandContext): Expansion {
    const wants = claims.map((claim) => ({
      kind: 'configuration' as const,
      pid: claim.key,
      properties: claim.value.properties as JsonObject,
      persist: 'memory' as const,
      by: claim.owner,
      claims: [refOf(claim)],
    }));
    return { wants, unmet: [], pins: {}, observed: {} };
  },
};

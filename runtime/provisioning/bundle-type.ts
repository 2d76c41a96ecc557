import { type Claim, type ExpandContext, type Expansion, type ResourceType, StaveError } from '@stave/api';
import { refOf } from './owners.js';

const LOCATION = /^(stave|home|file|https?|npm|blob):/;

/** Claims of single bundles; the key is an absolute location. */
export const bundleType: ResourceType = {
  name: 'bundle',

  check(claim: Claim): void {
    if (!LOCATION.test(claim.key)) {
      throw new StaveError('STAVE_LOCATION_RELATIVE', `"${claim.key}" is no absolute location`);
    }
  },

  gather: () => Promise.resolve([]),

  expand({ claims }: ExpandContext): Expansion {
    const wants = claims.map((claim) => {
      const { start, startLevel } = claim.value;
      return {
        kind: 'bundle' as const,
        location: claim.key,
        by: claim.owner,
        claims: [refOf(claim)],
        ...(typeof start === 'boolean' ? { start } : {}),
        ...(typeof startLevel === 'number' ? { startLevel } : {}),
      };
    });
    return { wants, unmet: [], pins: {}, observed: {} };
  },
};

import type { Artifacts } from '@stave/api';
import type { NodeState } from '../provisioning/state.js';

/** Locations whose source no longer looks as it did when it was prepared. Those in deploy/ are looked at there. */
export async function staleSources(
  state: NodeState,
  artifacts: Pick<Artifacts, 'unchanged'>,
): Promise<readonly string[]> {
  const deployed = new Set(
    state.claims.filter((claim) => claim.owner.startsWith('deploy:')).map((claim) => claim.key),
  );
  const checks = Object.entries(state.artifacts).map(async ([location, { fingerprint: good, refused }]) => {
    const fingerprint = refused?.fingerprint ?? good;
    if (fingerprint === undefined || deployed.has(location)) return [];
    return (await artifacts.unchanged(location, fingerprint)) ? [] : [location];
  });
  return (await Promise.all(checks)).flat();
}

import type { Bundle, ClaimStatus, Deployment } from '@stave/api';
import type { Look } from './deployed-file.js';
import { ledgerOf } from './ledger.js';

/** How a file is shown: its own failure first, then what became of its claims. */
export function deploymentOf(
  file: string,
  look: Look | undefined,
  claims: readonly ClaimStatus[],
  bundles: readonly Pick<Bundle, 'location' | 'name' | 'version' | 'problem'>[],
): Deployment {
  if (look?.kind === 'failed') {
    return { file, kind: look.taken, state: 'failed', result: look.error.toString() };
  }
  const kind = ledgerOf(claims)?.kind ?? 'unknown';
  if (look === undefined || claims.length === 0)
    return { file, kind, state: 'pending', result: 'is looked at, or waits for its turn' };
  const unmet = claims.find((claim) => claim.unmet)?.unmet;
  if (unmet) return { file, kind, state: 'failed', result: `${unmet.code}: ${unmet.reason}` };
  return { file, kind, state: 'ok', result: claims.flatMap((claim) => resultOf(claim, bundles)).join(', ') };
}

function resultOf(
  { type, key }: ClaimStatus,
  bundles: readonly Pick<Bundle, 'location' | 'name' | 'version' | 'problem'>[],
): string[] {
  if (type === 'repository') return [];
  if (type !== 'bundle') return [key];
  const bundle = bundles.find(({ location }) => location === key);
  if (!bundle) return [];
  const shown = `${bundle.name} ${bundle.version}`;
  return [bundle.problem === undefined ? shown : `${shown}: ${bundle.problem}`];
}

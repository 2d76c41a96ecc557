import type { Claim, Deployment, JsonValue, Owner } from '@stave/api';

/** What a claim of the deploy folder remembers of its file. */
export interface Ledger {
  readonly [key: string]: JsonValue;
  readonly fingerprint: string;
  readonly kind: Deployment['kind'];
  /** Milliseconds since 1970. */
  readonly at: number;
}

const OWNER = 'deploy:';

export function ownerOf(name: string): Owner {
  return `${OWNER}${name}`;
}

/** The file that an owner stands for; undefined for owners of another sort. */
export function fileOf(owner: Owner): string | undefined {
  return owner.startsWith(OWNER) ? owner.slice(OWNER.length) : undefined;
}

/** The ledger of a file, as its claims carry it. */
export function ledgerOf(claims: readonly Claim[]): Ledger | undefined {
  const data = claims[0]?.data;
  return isLedger(data) ? data : undefined;
}

function isLedger(data: JsonValue | undefined): data is Ledger {
  return typeof data === 'object' && data !== null && 'fingerprint' in data && 'kind' in data;
}

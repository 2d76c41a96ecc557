import { type ClaimChange, type Claims, describeError } from '@stave/api';
import type { DeployFolder } from '../deploy/deploy-folder.js';
import { bootChange, FEATURES_PID } from '../features/boot-claims.js';
import type { NodeParts } from './node-parts.js';
import { staleSources } from './stale-sources.js';

/** What the boot has to bring in. */
export interface ChangesWhileDown {
  readonly changes: readonly ClaimChange[];
  /** Locations to prepare again. */
  readonly update: readonly string[];
}

/** What changed in deploy/, in the list of boot features and in `file:` sources while the node was down. */
export async function changesWhileDown(parts: NodeParts, deploy: DeployFolder): Promise<ChangesWhileDown> {
  const { configuration, provisioner, artifacts, transactor, log } = parts;
  const changes: ClaimChange[] = [...(await deploy.scan(provisioner.list()))];
  try {
    const boot = bootChange(configuration.get(FEATURES_PID)?.properties);
    if (differs(boot, provisioner)) changes.push(boot);
  } catch (error) {
    log.logger('features').error(`the boot features stay as they were: ${describeError(error)}`, error);
  }
  return { changes, update: await staleSources(transactor.state, artifacts) };
}

/** Whether the claims of `boot` are not yet those of its configuration. */
function differs(boot: ClaimChange, claims: Pick<Claims, 'list'>): boolean {
  const plain = (
    list: readonly { readonly type: string; readonly key: string; readonly stage?: number }[],
  ): string => JSON.stringify(list.map(({ type, key, stage = 0 }) => [type, key, stage]).sort());
  return plain(boot.set ?? []) !== plain(claims.list().filter((claim) => claim.owner === 'boot'));
}

import {
  type Claim,
  type ClaimChange,
  type Claims,
  type ConfigurationAdmin,
  type Disposable,
  describeError,
  type JsonObject,
  type Logger,
  StaveError,
} from '@stave/api';
import { bootClaims } from './boot-list.js';

/** The PID of `etc/stave.features.cfg`. */
export const FEATURES_PID = 'stave.features';

/** All that the owner `boot` wants by a configuration; none when there is no such file. Throws what bootClaims throws. */
export function bootChange(properties: JsonObject | undefined): ClaimChange {
  return { owner: 'boot', set: bootClaims(properties ?? {}), replaceAll: true, cause: FEATURES_PID };
}

/** Keeps the claims of the owner `boot` equal to `etc/stave.features.cfg`, whenever that changes. */
export class BootClaims {
  readonly #claims: Pick<Claims, 'change' | 'list'>;
  readonly #log: Pick<Logger, 'error'>;
  /** What was asked for last; the committed claims may be older. */
  #asked: string | undefined;

  constructor(claims: Pick<Claims, 'change' | 'list'>, log: Pick<Logger, 'error'>) {
    this.#claims = claims;
    this.#log = log;
  }

  follow(configurations: Pick<ConfigurationAdmin, 'consume' | 'get' | 'onDidChange'>): Disposable {
    const checking = configurations.consume(FEATURES_PID, {
      name: 'boot features',
      check: (properties) => {
        try {
          bootClaims(properties);
        } catch (error) {
          throw new StaveError('STAVE_CONFIG_REFUSED', describeError(error), { cause: error });
        }
        return properties;
      },
      // Followed below, when the edit is committed: only then may a change of claims be awaited.
      updated: () => undefined,
    });
    const changes = configurations.onDidChange(({ pid, configuration }) => {
      if (pid === FEATURES_PID) this.#update(configuration?.properties);
    });
    this.#update(configurations.get(FEATURES_PID)?.properties);
    return {
      dispose: () => {
        changes.dispose();
        checking.dispose();
      },
    };
  }

  #update(properties: JsonObject | undefined): void {
    let change: ClaimChange;
    try {
      change = bootChange(properties);
    } catch (error) {
      this.#log.error(`the boot features stay as they were: ${describeError(error)}`, error);
      return;
    }
    const wanted = canonical(change.set ?? []);
    const present = this.#asked ?? canonical(this.#claims.list().filter(({ owner }) => owner === 'boot'));
    if (wanted === present) return;
    this.#asked = wanted;
    this.#claims.change(change).outcome.catch((error: unknown) => {
      if (this.#asked === wanted) this.#asked = undefined;
      this.#log.error(`the boot features could not be followed: ${describeError(error)}`, error);
    });
  }
}

/** Claims as one text: the same for the same claims in any order. */
function canonical(claims: readonly Omit<Claim, 'owner'>[]): string {
  return JSON.stringify(claims.map(({ type, key, stage }) => [type, key, stage ?? 0]).sort());
}

/**
 * The key of a service: a contract's name with its major version. Declare it under the same name as the interface:
 *
 * ```ts
 * export interface Clock { now(): Date }
 * export const Clock = serviceToken<Clock>('acme.Clock', 2);
 * ```
 */
export interface ServiceToken<T> {
  readonly name: string;
  /** The contract's major version; part of the key. */
  readonly major: number;
  /** `name@major`: two tokens with the same key are the same token, whoever made them. */
  readonly key: string;
  /** Carries the type only; never set. */
  readonly contract?: T;
}

/** @param major a positive integer: raise it when an implementer or a user of the contract would break */
export function serviceToken<T>(name: string, major = 1): ServiceToken<T> {
  return Object.freeze({ name, major, key: `${name}@${major}` });
}

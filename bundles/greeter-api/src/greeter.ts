import { serviceToken } from '@stave/api';

/** Says hello. */
export interface Greeter {
  /** @param name whom to greet; without one the greeter greets whom it knows */
  greet(name?: string): string;
}

/**
 * The key under which greeters are registered and found. It has the name of the interface, so that one import brings both.
 * The number is the major version of the contract: raise it when an implementer or a user would break.
 */
export const Greeter = serviceToken<Greeter>('acme.Greeter', 1);

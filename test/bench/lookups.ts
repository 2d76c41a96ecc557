import { serviceToken } from '@stave/api';
import { ServiceRegistry } from 'stave/framework/services/service-registry.js';

/** What a lookup costs. */
export interface LookupFigures {
  /** Lookups by token alone, each second. */
  readonly byTokenPerSecond: number;
  /** One lookup with a filter among 1,000 services of the token, in microseconds. */
  readonly filteredMicroseconds: number;
  /** The same right after another service was registered, registration not counted. */
  readonly afterRegistrationMicroseconds: number;
  /** The registration itself, with the filter's list kept up to date. */
  readonly registrationMicroseconds: number;
}

const SERVICES = 1000;
const Token = serviceToken<object>('bench.Service');
const query = { filter: '(&(kind=3)(group=7))' };

function secondsFor(repeat: number, action: (n: number) => unknown): number {
  for (let n = 0; n < Math.min(repeat, 1000); n += 1) action(n);
  const start = performance.now();
  for (let n = 0; n < repeat; n += 1) action(n);
  return (performance.now() - start) / 1000;
}

/** Measures lookups among 1,000 services of one token. */
export async function lookups(): Promise<LookupFigures> {
  const log = { error: () => undefined, warn: () => undefined };
  const registry = new ServiceRegistry({ log });
  const provider = registry.servicesFor({ id: 1, name: 'provider' });
  const user = registry.servicesFor({ id: 2, name: 'user' });
  for (let n = 0; n < SERVICES; n += 1) {
    provider.register(
      Token,
      { n },
      { kind: n % 10, group: Math.floor(n / 10) % 50, 'service.ranking': n % 7 },
    );
  }
  const byToken = 20_000_000 / secondsFor(20_000_000, () => user.get(Token));
  const filtered = secondsFor(2_000_000, () => user.get(Token, query)) / 2_000_000;

  const rounds = 2000;
  let registering = 0;
  let looking = 0;
  for (let n = 0; n < rounds; n += 1) {
    const start = performance.now();
    const registration = provider.register(Token, { n }, { kind: n % 10, group: 7 });
    const registered = performance.now();
    user.get(Token, query);
    looking += performance.now() - registered;
    registering += registered - start;
    await registration.unregister();
  }
  await Promise.all([provider.close(), user.close()]);
  return {
    byTokenPerSecond: Math.round(byToken),
    filteredMicroseconds: filtered * 1e6,
    afterRegistrationMicroseconds: (looking / rounds) * 1000,
    registrationMicroseconds: (registering / rounds) * 1000,
  };
}

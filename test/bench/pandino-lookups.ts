import type { Peers } from './peers.js';

/** The part of Pandino that is measured. */
interface PandinoContext {
  registerService(name: string, service: object, properties: object): { unregister(): void };
  getServiceReference(name: string): object | undefined;
  getServiceReferences(name: string, filter: string): readonly object[];
  getService(reference: object): object | undefined;
}

interface Pandino {
  readonly OSGiBootstrap: new (
    options: object,
  ) => { start(): Promise<{ getBundleContext(): PandinoContext }>; stop(): Promise<void> };
}

export interface PandinoFigures {
  readonly byTokenPerSecond: number;
  readonly filteredMicroseconds: number;
  readonly afterRegistrationMicroseconds: number;
}

const SERVICES = 1000;
const NAME = 'bench.Service';
const FILTER = '(&(kind=3)(group=7))';

/** The same lookups as ours, in Pandino. */
export async function pandinoLookups(peers: Peers): Promise<PandinoFigures> {
  const { OSGiBootstrap } = (await peers.import('@pandino/pandino')) as Pandino;
  const bootstrap = new OSGiBootstrap({});
  const context = (await bootstrap.start()).getBundleContext();
  for (let n = 0; n < SERVICES; n += 1) {
    context.registerService(
      NAME,
      { n },
      { kind: n % 10, group: Math.floor(n / 10) % 50, 'service.ranking': n % 7 },
    );
  }
  const byToken = (): unknown => context.getService(context.getServiceReference(NAME)!);
  const filtered = (): unknown => context.getService(context.getServiceReferences(NAME, FILTER)[0]!);
  const token = microseconds(1000, byToken);
  const filter = microseconds(1000, filtered);
  let after = 0;
  const rounds = 500;
  for (let n = 0; n < rounds; n += 1) {
    const registration = context.registerService(NAME, { n }, { kind: n % 10, group: 7 });
    const began = performance.now();
    filtered();
    after += performance.now() - began;
    registration.unregister();
  }
  await bootstrap.stop();
  return {
    byTokenPerSecond: 1e6 / token,
    filteredMicroseconds: filter,
    afterRegistrationMicroseconds: (after / rounds) * 1000,
  };
}

function microseconds(repeat: number, action: () => unknown): number {
  for (let n = 0; n < repeat; n += 1) action();
  const began = performance.now();
  for (let n = 0; n < repeat; n += 1) action();
  return ((performance.now() - began) / repeat) * 1000;
}

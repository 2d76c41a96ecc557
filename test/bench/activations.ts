import 'reflect-metadata';
import {
  type BundleContext,
  type Configuration,
  type ConfigurationConsumer,
  defineComponent,
  serviceToken,
} from '@stave/api';
import { ComponentRuntime } from 'stave/components/component-runtime.js';
import { ServiceRegistry } from 'stave/framework/services/service-registry.js';

/** What activations cost. */
export interface ActivationFigures {
  /** First activations each second, one mandatory reference and one service provided each, listening included. */
  readonly activationsPerSecond: number;
  /** Deactivations and activations each second when the service that all of them use is replaced. */
  readonly replacementsPerSecond: number;
}

const INSTANCES = 5000;
const Clock = serviceToken<object>('bench.Clock');
const Greeter = serviceToken<object>('bench.Greeter');

/** A factory with so many configurations, told at once. */
const configuration = {
  get: () => undefined,
  instances: (factoryPid: string): readonly Configuration[] =>
    Array.from({ length: INSTANCES }, (_, n) => ({
      pid: `${factoryPid}~${n}`,
      factoryPid,
      properties: { n },
      revision: 1,
      author: 'api',
      time: 0,
      file: undefined,
    })),
  consume(pid: string, consumer: ConfigurationConsumer) {
    for (const each of this.instances(pid)) void consumer.updated(consumer.check(each.properties), each.pid);
    return { dispose: () => undefined };
  },
};

/** Measures the activation of 5,000 instances of one component. */
export async function activations(): Promise<ActivationFigures> {
  const log = { error: console.error, warn: console.error };
  const registry = new ServiceRegistry({ log });
  const runtime = new ComponentRuntime({
    services: registry,
    configuration,
    log,
    limits: () => ({ start: 30_000, stop: 30_000 }),
    loadInversify: () => import('inversify'),
  });
  class Hello {
    readonly clock: object;
    constructor(clock: object) {
      this.clock = clock;
    }
    up(): void {}
    down(): void {}
  }
  defineComponent(Hello, {
    configuration: 'bench.hello',
    provides: [Greeter],
    parameters: [{ token: Clock }],
    activate: 'up',
    deactivate: 'down',
  });
  const provider = registry.servicesFor({ id: 1, name: 'provider' });
  const services = registry.servicesFor({ id: 2, name: 'user' });
  const signal = new AbortController().signal;
  const context = { bundle: { id: 2, name: 'user' }, services, signal } as unknown as BundleContext;
  const registration = provider.register(Clock, {});

  const start = performance.now();
  const set = await runtime.add(context, { Hello }, { checks: new Map(), signal });
  await set.settled();
  const activated = performance.now();
  provider.register(Clock, {});
  const replacing = performance.now();
  await registration.unregister();
  await set.settled();
  const replaced = performance.now();
  await set.dispose();
  await Promise.all([services.close(), provider.close()]);
  return {
    activationsPerSecond: Math.round((INSTANCES / (activated - start)) * 1000),
    replacementsPerSecond: Math.round((INSTANCES / (replaced - replacing)) * 1000),
  };
}

import 'reflect-metadata';
import {
  type BundleContext,
  type ComponentInstanceState,
  type Configuration,
  type ConfigurationConsumer,
  type Disposable,
  type JsonObject,
  StaveError,
} from '@stave/api';
import type { AddOptions } from 'stave/components/component-runtime.js';
import { ComponentRuntime } from 'stave/components/component-runtime.js';
import type { ComponentSet } from 'stave/components/component-set.js';
import { ServiceRegistry } from 'stave/framework/services/service-registry.js';

/** Configurations in memory, as a ConfigurationAdmin tells them. */
export class Configurations {
  readonly #values = new Map<string, JsonObject>();
  readonly #consumers = new Set<{ readonly pid: string; readonly consumer: ConfigurationConsumer }>();
  /** Whether consumers are told of what is there at once, or a turn later. */
  late = false;

  get consumers(): readonly ConfigurationConsumer[] {
    return [...this.#consumers].map(({ consumer }) => consumer);
  }

  get(pid: string): Configuration | undefined {
    if (pid.includes(' ')) throw new StaveError('STAVE_PID_INVALID', `${pid} is no PID`);
    const properties = this.#values.get(pid);
    if (!properties) return undefined;
    const factoryPid = pid.includes('~') ? pid.slice(0, pid.indexOf('~')) : undefined;
    return { pid, factoryPid, properties, revision: 1, author: 'api', time: 0, file: undefined };
  }

  instances(factoryPid: string): readonly Configuration[] {
    return [...this.#values.keys()]
      .filter((pid) => pid.startsWith(`${factoryPid}~`))
      .sort()
      .map((pid) => this.get(pid)!);
  }

  consume(pid: string, consumer: ConfigurationConsumer): Disposable {
    const entry = { pid, consumer };
    this.#consumers.add(entry);
    const tellAll = (): void => {
      for (const known of [this.get(pid), ...this.instances(pid)]) {
        if (known) void this.#tell(entry, known.pid);
      }
    };
    if (this.late) setImmediate(tellAll);
    else tellAll();
    return { dispose: () => void this.#consumers.delete(entry) };
  }

  async set(pid: string, properties: JsonObject): Promise<void> {
    this.#values.set(pid, properties);
    await this.#tellConsumers(pid);
  }

  async delete(pid: string): Promise<void> {
    this.#values.delete(pid);
    await this.#tellConsumers(pid);
  }

  async #tellConsumers(pid: string): Promise<void> {
    for (const entry of this.#consumers) {
      if (pid === entry.pid || pid.startsWith(`${entry.pid}~`)) await this.#tell(entry, pid);
    }
  }

  async #tell({ consumer }: { readonly consumer: ConfigurationConsumer }, pid: string): Promise<void> {
    const properties = this.#values.get(pid);
    if (!properties) {
      await consumer.updated(undefined, pid);
      return;
    }
    let checked: JsonObject;
    try {
      checked = consumer.check(properties);
    } catch {
      return;
    }
    await consumer.updated(checked, pid);
  }
}

/** A node as far as components see it. */
export class World {
  readonly configurations = new Configurations();
  readonly errors: { readonly message: string; readonly details: unknown }[] = [];
  readonly registry: ServiceRegistry;
  readonly runtime: ComponentRuntime;
  readonly limits = { start: 5000, stop: 5000 };
  inversifyLoads = 0;
  #bundles = 0;

  constructor() {
    const log = {
      error: (message: string, details?: unknown) => void this.errors.push({ message, details }),
      warn: (message: string) => void this.errors.push({ message, details: undefined }),
    };
    this.registry = new ServiceRegistry({ log, unregisterLimit: () => this.limits.stop });
    this.runtime = new ComponentRuntime({
      services: this.registry,
      configuration: this.configurations,
      log,
      limits: () => this.limits,
      loadInversify: () => {
        this.inversifyLoads += 1;
        return import('inversify');
      },
    });
  }

  /** The context of a new bundle; only what components use of it. */
  bundle(name = 'acme'): BundleContext {
    this.#bundles += 1;
    const id = this.#bundles;
    return {
      bundle: { id, name },
      services: this.registry.servicesFor({ id, name }),
      signal: new AbortController().signal,
    } as unknown as BundleContext;
  }

  /** Adds the components of a new bundle and waits until they have settled. */
  async add(
    exports: Record<string, unknown>,
    options: Partial<AddOptions> = {},
    context = this.bundle(),
  ): Promise<ComponentSet> {
    const signal = new AbortController().signal;
    const set = await this.runtime.add(context, exports, { checks: new Map(), signal, ...options });
    await set.settled();
    return set;
  }

  /** States of the instances of a component. */
  states(name: string): readonly ComponentInstanceState[] {
    return this.runtime
      .list()
      .filter((info) => info.name === name)
      .flatMap((info) => info.instances.map(({ state }) => state));
  }
}

/** Resolves after everything that is ready to go on has gone on. */
export async function turns(count = 5): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise that the test resolves. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** A check that refuses everything but numbers under `size`. */
export function sizeCheck(properties: JsonObject): JsonObject {
  const size = Number(properties.size);
  if (!Number.isFinite(size)) {
    throw new StaveError('STAVE_CONFIG_REFUSED', 'size must be a number', { where: 'size' });
  }
  return { ...properties, size };
}

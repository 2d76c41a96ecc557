import type { ComponentInfo, Disposable, JsonObject } from '@stave/api';
import { describeError } from '@stave/api';
import { ComponentInstance } from './component-instance.js';
import { type ComponentParts, titleOf } from './parts.js';

/** Coerces and checks a configuration by the schema of its PID; throws `STAVE_CONFIG_REFUSED`. */
export interface ConfigurationCheck {
  (properties: JsonObject): JsonObject;
  /** Names of the properties that the schema describes, so that the environment can set what a file leaves out. */
  readonly keys?: readonly string[];
}

/** One declared component of a started bundle: keeps one instance for each of its configurations. */
export class ManagedComponent {
  readonly parts: ComponentParts;
  readonly #check: ConfigurationCheck;
  /** By PID; the instance without configuration stands under the PID itself. */
  readonly #instances = new Map<string, ComponentInstance>();
  readonly #ending = new Set<Promise<void>>();
  /** PIDs whose present configuration is still to be told. */
  readonly #untold = new Set<string>();
  #told: () => void = () => undefined;
  readonly #allTold = new Promise<void>((resolve) => {
    this.#told = resolve;
  });
  #consumption: Disposable | undefined;
  #ended = false;

  constructor(parts: ComponentParts, check: ConfigurationCheck) {
    this.parts = parts;
    this.#check = check;
  }

  get instances(): readonly ComponentInstance[] {
    return [...this.#instances.values()];
  }

  get info(): ComponentInfo {
    const { declaration, context } = this.parts;
    return {
      name: declaration.name,
      bundle: { id: context.bundle.id, name: context.bundle.name },
      declaration,
      instances: this.instances.map(({ pid, state }) => ({ pid, state })),
      references: declaration.references.map(({ token }, index) => ({
        token: token.key,
        bound: [...new Set(this.instances.flatMap((instance) => instance.boundOf(index)))],
      })),
    };
  }

  start(): void {
    const { declaration, host } = this.parts;
    const pid = declaration.configuration;
    if (pid === undefined || declaration.configurationPolicy === 'ignore') {
      this.#instances.set('', new ComponentInstance(this.parts, undefined, { kind: 'none' }));
      this.#told();
      return;
    }
    const present = [host.configuration.get(pid), ...host.configuration.instances(pid)];
    for (const configuration of present) {
      if (!configuration) continue;
      this.#untold.add(configuration.pid);
      this.#add(configuration.pid, { kind: 'expected', refusal: undefined });
    }
    if (this.#untold.size === 0) {
      this.#add(pid, { kind: 'none' });
      this.#told();
    }
    const { keys } = this.#check;
    const consumer = {
      name: titleOf(this.parts),
      ...(keys ? { keys } : {}),
      check: (properties: JsonObject) => this.#checked(properties),
      updated: (properties: JsonObject | undefined, changed: string) => this.#updated(properties, changed),
    };
    this.#consumption = host.configuration.consume(pid, consumer);
  }

  /** Resolves when the configurations that were there at the start are told or refused. */
  get told(): Promise<void> {
    return this.#allTold;
  }

  /** What is still under way; undefined when every instance is at rest. */
  get busy(): Promise<unknown> | undefined {
    const running = [...this.instances.map((instance) => instance.idle), ...this.#ending].filter(
      (promise) => promise !== undefined,
    );
    return running.length === 0 ? undefined : Promise.all(running);
  }

  /** Deactivates all instances; resolves when that is done. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#consumption?.dispose();
    this.#told();
    for (const pid of [...this.#instances.keys()].reverse()) this.#remove(pid);
    await Promise.all(this.#ending);
  }

  #checked(properties: JsonObject): JsonObject {
    try {
      return this.#check(properties);
    } catch (error) {
      this.#refused(describeError(error));
      throw error;
    }
  }

  /** A check is not told the PID: what is refused before it was ever told belongs to those that still wait for theirs. */
  #refused(refusal: string): void {
    for (const pid of this.#untold) {
      void this.#instances.get(pid)?.configure({ kind: 'expected', refusal });
    }
    this.#told();
  }

  #updated(properties: JsonObject | undefined, pid: string): void | Promise<void> {
    if (this.#ended) return undefined;
    const first = this.#untold.delete(pid);
    if (this.#untold.size === 0) this.#told();
    const done = properties === undefined ? this.#withdrawn(pid) : this.#given(pid, properties);
    // The first values are part of starting: the queue of configurations does not wait for that.
    return first ? undefined : done;
  }

  #given(pid: string, properties: JsonObject): Promise<void> | undefined {
    const configuration = { kind: 'present', properties } as const;
    const known = this.#instances.get(pid);
    if (known) return known.configure(configuration);
    this.#add(pid, configuration);
    const bare = this.parts.declaration.configuration;
    if (bare !== undefined && bare !== pid && !this.#isConfigured(bare)) this.#remove(bare);
    return this.#instances.get(pid)?.idle;
  }

  #withdrawn(pid: string): Promise<void> | undefined {
    const bare = this.parts.declaration.configuration;
    const others = [...this.#instances.keys()].some((other) => other !== pid);
    if (pid === bare && !others) return this.#instances.get(pid)?.configure({ kind: 'none' });
    const gone = this.#remove(pid);
    if (this.#instances.size === 0 && bare !== undefined) this.#add(bare, { kind: 'none' });
    return gone;
  }

  #isConfigured(pid: string): boolean {
    return this.parts.host.configuration.get(pid) !== undefined;
  }

  #add(pid: string, configuration: ConstructorParameters<typeof ComponentInstance>[2]): void {
    this.#instances.set(pid, new ComponentInstance(this.parts, pid, configuration));
  }

  #remove(pid: string): Promise<void> | undefined {
    const instance = this.#instances.get(pid);
    if (!instance) return undefined;
    this.#instances.delete(pid);
    const ending = instance.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return ending;
  }
}

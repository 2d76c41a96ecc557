import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bundle,
  type BundleEvent,
  type Bundles,
  type BundleTracker,
  type Disposable,
  type ExportedPackage,
  StaveError,
} from '@stave/api';
import { DisposableStore } from '../base/disposable-store.js';
import { Emitter } from '../base/emitter.js';
import { compareVersions } from '../base/version.js';
import { StaleCheck } from '../modules/stale-check.js';
import { BundleEntry, type BundleSpec } from './bundle-entry.js';
import { BundleLife } from './bundle-life.js';
import type { FrameworkOptions, Revision } from './collaborators.js';
import { DroppedInstances } from './dropped-instances.js';
import { ModuleInstance } from './module-instance.js';
import type { ServiceRegistry } from './services/service-registry.js';
import { systemBundle } from './system-bundle.js';

/** The installed bundles, and the few operations that change them. Callers serialize the operations on one bundle. */
export class Framework implements Bundles {
  readonly registry: ServiceRegistry;
  readonly #options: FrameworkOptions<unknown>;
  readonly #entries = new Map<number, BundleEntry>();
  readonly #system: Bundle;
  readonly #changed: Emitter<BundleEvent>;
  readonly #life: BundleLife;
  readonly #staleCheck: StaleCheck;
  readonly #dropped = new DroppedInstances();
  #startLevel = 0;

  constructor(options: FrameworkOptions<unknown>, registry: ServiceRegistry) {
    this.#options = options;
    this.registry = registry;
    this.#system = systemBundle(options.version, options.system.versions);
    const log = options.logger('framework');
    this.#changed = new Emitter((error) => log.warn('a bundle listener failed', error));
    this.#staleCheck = new StaleCheck((name) =>
      log.warn(`${name} is no longer installed, but something still holds its code`),
    );
    this.#life = new BundleLife({
      registry,
      components: options.components,
      limits: options.limits,
      proven: options.proven,
      logger: options.logger,
      dataFolder: (id) => this.dataFolder(id),
      trackBundles: (tracker) => this.#track(tracker),
      tell: (type, entry) => this.#changed.fire({ type, bundle: entry }),
    });
  }

  get onDidChange(): (listener: (event: BundleEvent) => void) => Disposable {
    return this.#changed.event;
  }

  get startLevel(): number {
    return this.#startLevel;
  }

  set startLevel(level: number) {
    this.#startLevel = level;
  }

  /** All bundles, the system bundle first, by id. */
  list(): readonly Bundle[] {
    return [this.#system, ...[...this.#entries.values()].sort((a, b) => a.id - b.id)];
  }

  get(key: number | string): Bundle | undefined {
    if (typeof key === 'number') return key === 0 ? this.#system : this.#entries.get(key);
    const at = key.lastIndexOf('@');
    const [name, version] = at > 0 ? [key.slice(0, at), key.slice(at + 1)] : [key, undefined];
    return this.list()
      .filter((bundle) => bundle.name === name && (version === undefined || bundle.version === version))
      .sort((a, b) => compareVersions(b.version, a.version))[0];
  }

  exports(): readonly ExportedPackage[] {
    const users = new Map<string, number[]>();
    for (const entry of this.#entries.values()) {
      for (const wire of entry.wires) {
        const key = `${wire.provider} ${wire.package} ${wire.version}`;
        users.set(key, [...(users.get(key) ?? []), entry.id]);
      }
    }
    return this.list()
      .filter((bundle) => bundle.state !== 'INSTALLED')
      .flatMap((bundle) =>
        bundle.manifest.exports.map(({ name, version }) => ({
          name,
          version,
          bundle: bundle.id,
          users: users.get(`${bundle.id} ${name} ${version}`) ?? [],
        })),
      )
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : compareVersions(b.version, a.version)));
  }

  dataFolder(id: number): string {
    return join(this.#options.bundlesFolder, String(id));
  }

  /** Puts a bundle in. Its wires are bound by `wire`, when all that it is wired to is in. */
  install(spec: BundleSpec, revision: Revision): void {
    if (this.#entries.has(spec.id)) throw new Error(`bundle id ${spec.id} is taken`);
    const entry = new BundleEntry(spec, revision);
    this.#entries.set(spec.id, entry);
    this.#changed.fire({ type: 'installed', bundle: entry });
  }

  /** Gives a stopped bundle another specification, and with it perhaps another revision. */
  update(spec: BundleSpec, revision: Revision): void {
    const entry = this.entry(spec.id);
    const updated = entry.digest !== spec.digest;
    const restarted = entry.autostart !== spec.start;
    entry.spec = spec;
    entry.revision = revision;
    if (entry.state !== 'ACTIVE') entry.state = spec.resolved ? 'RESOLVED' : 'INSTALLED';
    // A failure stands as long as what failed does: another change must not try it again, nor hide why it does not run.
    if (updated || restarted) entry.failure = undefined;
    if (updated) this.#changed.fire({ type: 'updated', bundle: entry });
  }

  /** Takes a stopped bundle out. Importers that are not wired anew keep its code alive; its data folder stays until `removeData`. */
  uninstall(id: number): void {
    const entry = this.entry(id);
    this.#entries.delete(id);
    entry.state = 'UNINSTALLED';
    this.#changed.fire({ type: 'uninstalled', bundle: entry });
    if (entry.instance?.isLoaded) this.#staleCheck.watch(`${entry.name} ${entry.version}`, entry.instance);
    this.#drop(entry);
    this.#sweep();
  }

  /** Removes the data folder of a bundle that is gone for good: only when nothing can bring it back any longer. */
  async removeData(id: number): Promise<void> {
    await rm(this.dataFolder(id), { recursive: true, force: true });
  }

  /** Removes the data folders of all other bundles, which a crash may have left behind. */
  async removeDataExcept(ids: ReadonlySet<number>): Promise<void> {
    const folders = await readdir(this.#options.bundlesFolder).catch((): string[] => []);
    const left = folders.filter((name) => /^\d+$/.test(name)).map(Number);
    for (const id of left) if (!ids.has(id)) await this.removeData(id);
  }

  /** Binds the wires of bundles to the present revisions of their providers, and drops what was loaded before. */
  async wire(ids: readonly number[]): Promise<void> {
    const entries = ids.map((id) => this.entry(id));
    for (const entry of entries) {
      this.#drop(entry);
      entry.failure = undefined;
    }
    for (const entry of entries) {
      if (entry.spec.resolved) await this.#bind(entry);
    }
    this.#sweep();
  }

  #drop(entry: BundleEntry): void {
    if (!entry.instance) return;
    entry.instance.release();
    this.#dropped.add(entry.instance);
    entry.instance = undefined;
  }

  /** Gives back the code that no bundle uses any more. */
  #sweep(): void {
    this.#dropped.sweep([...this.#entries.values()].flatMap(({ instance }) => instance ?? []));
  }

  async #bind(entry: BundleEntry): Promise<ModuleInstance> {
    if (entry.instance) return entry.instance;
    const providers = new Map<string, ModuleInstance | 'system'>();
    // The map is filled after the instance is made, since bundles may import each other in a circle.
    const instance = new ModuleInstance(entry.spec, entry.revision, providers, {
      modules: this.#options.modules,
      system: this.#options.system,
      evaluationTimeoutMs: this.#options.limits().evaluation,
      proven: this.#options.proven,
    });
    entry.instance = instance;
    for (const wire of entry.spec.wires) {
      if (wire.provider === 0) {
        await this.#options.system.prepare(wire.package);
        providers.set(wire.package, 'system');
      } else {
        providers.set(wire.package, await this.#bind(this.entry(wire.provider)));
      }
    }
    return instance;
  }

  /** Names of bundles that are uninstalled, but still held in memory. */
  stale(): readonly string[] {
    return this.#staleCheck.stale();
  }

  dispose(): void {
    this.#staleCheck.dispose();
    this.#changed.dispose();
  }

  /** Starts a resolved bundle; rejects when its start fails, and then it is RESOLVED again. */
  async start(id: number, signal?: AbortSignal): Promise<void> {
    await this.#life.start(this.entry(id), signal);
  }

  /** Stops a bundle; what its stop throws is logged. */
  async stop(id: number): Promise<void> {
    await this.#life.stop(this.entry(id));
  }

  entry(id: number): BundleEntry {
    const entry = this.#entries.get(id);
    if (!entry) throw new StaveError('STAVE_BUNDLE_UNKNOWN', `there is no bundle ${id}`);
    return entry;
  }

  has(id: number): boolean {
    return this.#entries.has(id);
  }

  #track(tracker: BundleTracker): Disposable {
    const store = new DisposableStore();
    store.add(
      this.#changed.event(({ type, bundle }) => {
        if (type === 'started') tracker.added?.(bundle);
        if (type === 'stopping') tracker.removed?.(bundle);
      }),
    );
    for (const bundle of this.list()) if (bundle.state === 'ACTIVE') tracker.added?.(bundle);
    return store;
  }
}

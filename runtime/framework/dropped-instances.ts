import type { ModuleInstance } from './module-instance.js';

/** Instances that no bundle has as its own any more. Importers that were not wired anew still use them, directly or through others. */
export class DroppedInstances {
  readonly #dropped = new Set<ModuleInstance>();

  add(instance: ModuleInstance): void {
    this.#dropped.add(instance);
  }

  /** Gives back those that cannot be reached from the instances in use. */
  sweep(inUse: Iterable<ModuleInstance>): void {
    if (this.#dropped.size === 0) return;
    const reached = new Set<ModuleInstance>();
    const open = [...inUse];
    for (let instance = open.pop(); instance !== undefined; instance = open.pop()) {
      if (reached.has(instance)) continue;
      reached.add(instance);
      open.push(...instance.providers());
    }
    for (const instance of this.#dropped) {
      if (reached.has(instance)) continue;
      this.#dropped.delete(instance);
      instance.dispose();
    }
  }
}

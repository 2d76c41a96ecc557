import nodeModule from 'node:module';
import { processFacade } from './process-facade.js';
import { type TimerFacades, type Track, timerFacades } from './timer-facades.js';

/** What one bundle gets instead of globals and builtins, so that what it starts is undone when it stops. */
export class BuiltinFacades {
  readonly timers: TimerFacades;
  readonly process: NodeJS.Process;
  readonly console: Console;
  readonly #createRequire: (from: string | URL) => unknown;
  #module: object | undefined;

  /** @param createRequire gives a require of this loader; Node's own would load what is never forgotten */
  constructor(track: Track, console: Console, createRequire: (from: string | URL) => unknown) {
    this.timers = timerFacades(track);
    this.process = processFacade(track);
    this.console = console;
    this.#createRequire = createRequire;
  }

  /** The arguments of a module's wrapper, in the order of `FACADE_NAMES`. */
  get globals(): readonly unknown[] {
    const t = this.timers;
    return [
      t.setTimeout,
      t.setInterval,
      t.setImmediate,
      t.clearTimeout,
      t.clearInterval,
      t.clearImmediate,
      this.console,
      this.process,
    ];
  }

  /** A builtin by its name without `node:`; some are only known with it. */
  builtin(name: string): unknown {
    switch (name) {
      case 'timers':
        return this.timers.module;
      case 'timers/promises':
        return this.timers.promises;
      case 'process':
        return this.process;
      case 'module':
        return this.#moduleFacade();
      default:
        return process.getBuiltinModule(`node:${name}`);
    }
  }

  /** Without the ways into Node's own loaders, which never unload: hooks, `Module` and its caches. */
  #moduleFacade(): object {
    this.#module ??= {
      builtinModules: nodeModule.builtinModules,
      isBuiltin: nodeModule.isBuiltin,
      SourceMap: nodeModule.SourceMap,
      findSourceMap: nodeModule.findSourceMap,
      createRequire: this.#createRequire,
    };
    return this.#module;
  }
}

import {
  type BundleActivator,
  type BundleEvent,
  type BundleTracker,
  type Disposable,
  describeError,
  type Logger,
  StaveError,
} from '@stave/api';
import { withLimit } from '../base/limit.js';
import { runWithTimeout } from '../modules/run-with-timeout.js';
import { type Activation, activatorOf, declaresOnlyComponents } from './activation.js';
import { BundleContextImpl } from './bundle-context-impl.js';
import type { BundleEntry } from './bundle-entry.js';
import { runInBundle } from './bundle-scope.js';
import type { ComponentHost, LifeLimits, ProvenCode } from './collaborators.js';
import type { ServiceRegistry } from './services/service-registry.js';

/** An activation in the making. */
type Made = { -readonly [Part in keyof Activation]: Activation[Part] };

export interface BundleLifeOptions {
  readonly registry: ServiceRegistry;
  readonly components: ComponentHost;
  readonly limits: () => LifeLimits;
  readonly proven: ProvenCode;
  readonly logger: (name: string) => Logger;
  readonly dataFolder: (id: number) => string;
  readonly trackBundles: (tracker: BundleTracker) => Disposable;
  readonly tell: (type: BundleEvent['type'], entry: BundleEntry) => void;
}

/** Key of a revision's start among what is proven. */
const START = 'start';

/** Starting and stopping of single bundles. */
export class BundleLife {
  readonly #options: BundleLifeOptions;

  constructor(options: BundleLifeOptions) {
    this.#options = options;
  }

  /** Runs activator and components. When it fails, all is given back, and a StaveError says why. */
  async start(entry: BundleEntry, signal?: AbortSignal): Promise<void> {
    if (entry.state === 'ACTIVE') return;
    if (entry.state !== 'RESOLVED') {
      throw new StaveError(
        'STAVE_BUNDLE_STATE',
        `${entry.name} cannot start, it is ${entry.state}: ${entry.problem ?? ''}`,
      );
    }
    entry.state = 'STARTING';
    entry.failure = undefined;
    this.#options.tell('starting', entry);
    const made: Made = { context: this.#context(entry), activator: undefined, components: undefined };
    try {
      await runInBundle(entry, () => this.#activate(entry, made, signal));
      entry.activation = { ...made };
      entry.state = 'ACTIVE';
    } catch (error) {
      // What was started before it failed is stopped like anything else.
      await runInBundle(entry, () => this.#deactivate(entry, made));
      entry.instance?.release();
      entry.state = 'RESOLVED';
      const failure = startFailure(entry, error);
      entry.failure = { code: failure.code, reason: failure.message, text: failure.toString() };
      this.#options.tell('stopped', entry);
      throw failure;
    }
    this.#options.tell('started', entry);
  }

  #context(entry: BundleEntry): BundleContextImpl {
    return new BundleContextImpl({
      bundle: entry,
      root: entry.revision.root,
      log: this.#options.logger(entry.name),
      services: this.#options.registry.servicesFor(
        { id: entry.id, name: entry.name },
        { run: (code) => runInBundle(entry, code) },
      ),
      dataFolder: this.#options.dataFolder(entry.id),
      trackBundles: this.#options.trackBundles,
    });
  }

  async #activate(entry: BundleEntry, made: Made, signal?: AbortSignal): Promise<void> {
    const { manifest } = entry;
    const { context } = made;
    const limits = this.#options.limits();
    const instance = entry.instance;
    if (!instance) throw new Error(`${entry.name} is started before it is wired`);
    const main = manifest.activator === undefined ? undefined : instance.load().activator();
    const optional = manifest.activator === manifest.components && declaresOnlyComponents(main);
    if (manifest.activator !== undefined && !optional) {
      const where = `${entry.name} ${manifest.activator}`;
      const { proven } = this.#options;
      const evaluation = proven.has(entry.digest, START) ? 0 : limits.evaluation;
      const activator = runWithTimeout(() => activatorOf(main, where), evaluation, where);
      await this.#callStart(activator, context, where, { ...limits, evaluation }, signal);
      proven.add(entry.digest, START);
      made.activator = activator;
    }
    if (manifest.components !== undefined) {
      const exports = instance.load().components() as Readonly<Record<string, unknown>>;
      made.components = await this.#options.components.add(context, exports, {
        signal: context.signal,
        run: (code) => runInBundle(entry, code),
      });
      await made.components.settled();
    }
  }

  async #callStart(
    activator: BundleActivator,
    context: BundleContextImpl,
    where: string,
    limits: LifeLimits,
    outer?: AbortSignal,
  ): Promise<void> {
    await withLimit(
      (signal) => {
        // Assigned once, so that a start cut off by its limit publishes nothing.
        const promise = runWithTimeout(() => activator.start(context, { signal }), limits.evaluation, where);
        return Promise.resolve(promise);
      },
      limits.start,
      () =>
        new StaveError('STAVE_START_TIMEOUT', `start(context) did not end within ${limits.start} ms`, {
          where,
        }),
      outer,
    );
  }

  /** Stops components, services and activator, in this order; errors are logged, the bundle is RESOLVED afterwards. */
  async stop(entry: BundleEntry): Promise<void> {
    const { activation } = entry;
    if (!activation) return;
    entry.state = 'STOPPING';
    this.#options.tell('stopping', entry);
    entry.activation = undefined;
    await runInBundle(entry, () => this.#deactivate(entry, activation));
    entry.instance?.release();
    entry.state = entry.spec.resolved ? 'RESOLVED' : 'INSTALLED';
    this.#options.tell('stopped', entry);
  }

  async #deactivate(entry: BundleEntry, activation: Activation): Promise<void> {
    const { context, activator, components } = activation;
    const log = this.#options.logger('framework');
    const limit = this.#options.limits().stop;
    const late = (what: string) => (): StaveError =>
      new StaveError('STAVE_STOP_FAILED', `${what} of ${entry.name} did not end within ${limit} ms`);
    const steps: readonly (readonly [string, (signal: AbortSignal) => Promise<void>])[] = [
      ['components', async () => components?.dispose()],
      ['services', () => context.services.close()],
      ['stop()', async (signal) => activator?.stop?.({ signal })],
      ['context', async () => context.close()],
    ];
    context.abort();
    for (const [what, step] of steps) {
      try {
        await withLimit(step, limit, late(what));
      } catch (error) {
        log.warn(`${what} of ${entry.name} failed while it was stopped`, error);
      }
    }
  }
}

function startFailure(entry: BundleEntry, error: unknown): StaveError {
  if (error instanceof StaveError) return error;
  const place = error instanceof Error ? firstFrame(error, entry.revision.root) : '';
  return new StaveError(
    'STAVE_START_FAILED',
    `${entry.name} ${entry.version} failed to start: ${describeError(error)}${place}`,
    {
      cause: error,
    },
  );
}

/** Where it was thrown; files of the bundle are named as their author knows them, not by their place in the store. */
function firstFrame(error: Error, root: string): string {
  const frame = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return frame ? ` (${frame.trim().replaceAll(`${root}/`, '')})` : '';
}

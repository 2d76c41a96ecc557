import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Disposable,
  describeError,
  type Home,
  type JsonObject,
  type LogRecord,
  StaveError,
} from '@stave/api';
import { removeLeftovers } from '../base/atomic-file.js';
import { DisposableStore } from '../base/disposable-store.js';
import type { ConfigurationStore } from '../config/configuration-store.js';
import { scanEtc } from '../config/etc-folder.js';
import { EtcWatcher } from '../config/etc-watcher.js';
import { fileKind } from '../config/pid.js';
import { CommandRegistry } from '../console/language/command-registry.js';
import { ConsoleServer } from '../console/socket/console-server.js';
import { ConsoleTerminal } from '../console/socket/console-terminal.js';
import { DeployFolder } from '../deploy/deploy-folder.js';
import { BootClaims } from '../features/boot-claims.js';
import { parseDescriptor } from '../features/descriptor.js';
import type { OwnedServices } from '../framework/services/owned-services.js';
import { readLogConfiguration } from '../log/log-configuration.js';
import { EMPTY_STATE } from '../provisioning/state.js';
import { BootClock } from './boot-clock.js';
import { changesWhileDown } from './changes-while-down.js';
import { catchUncaughtErrors } from './error-sink.js';
import { cleanStores, Housekeeping } from './housekeeping.js';
import { checkLimits, LIMITS_PID, limitsFrom } from './limits.js';
import { type LoopWatchdog, watchLoop } from './loop-watchdog.js';
import { createNodeParts, type NodeParts } from './node-parts.js';
import { NodeSystem } from './node-system.js';
import { offerServices } from './offer-services.js';

/** PID of the log. */
const LOG_PID = 'stave.log';

export interface StaveNodeOptions {
  /** Told every log record, where there is no terminal. */
  readonly echo: ((record: LogRecord) => void) | undefined;
  /** Told each step of a transaction, such as `committing`; tests end the process there. */
  readonly onStep?: (step: string) => void;
  /** Stops the node in order; one that is still coming up is not started any further. */
  readonly signal?: AbortSignal;
  /** Told from time to time, while a boot takes long, the bundles whose start it waits for. */
  readonly onWaiting?: (bundles: readonly string[]) => void;
}

/** How long a boot may take before it is said what it waits for, in milliseconds. */
const LONG_BOOT = 3_000;

/** A running node. */
export class StaveNode {
  readonly system: NodeSystem;
  /** Resolves when the node has stopped. */
  readonly closed: Promise<void>;
  /** The rooms that it is made of. */
  readonly parts: NodeParts;
  readonly #commands: CommandRegistry;
  readonly #services: OwnedServices;
  readonly #store = new DisposableStore();
  readonly #etc: EtcWatcher;
  readonly #deploy: DeployFolder;
  #server: ConsoleServer | undefined;
  #watchdog: LoopWatchdog | undefined;

  private constructor(parts: NodeParts) {
    this.parts = parts;
    const { home, log, registry, configuration, provisioner } = parts;
    let stop: () => void = () => undefined;
    this.closed = new Promise<void>((resolve) => {
      stop = resolve;
    }).then(() => this.#close());
    this.system = new NodeSystem({
      name: home.name,
      clean: (options) => cleanStores(parts, options),
      stale: () => parts.framework.stale(),
      shutdown: stop,
      onListenerError: (error) => log.logger('node').warn('a listener failed', error),
    });
    this.#services = registry.servicesFor({ id: 0, name: 'stave' });
    this.#commands = new CommandRegistry(this.#services);
    this.#etc = new EtcWatcher({
      folder: home.etc,
      configurations: configuration,
      queue: provisioner,
      report: (message, error) => log.logger('config').warn(message, error),
    });
    this.#deploy = new DeployFolder({
      folder: home.deploy,
      claims: provisioner,
      bundles: parts.framework,
      configurations: configuration,
      readers: {
        parseDescriptor,
        parseConfiguration: (text, fileName) => readConfiguration(configuration, text, fileName),
      },
      log: log.logger('deploy'),
    });
  }

  /** Boots a node on a home whose lock is held. When it fails, all that was taken is given back. */
  static async start(home: Home, options: StaveNodeOptions): Promise<StaveNode> {
    const clock = new BootClock();
    const starts: (readonly [number, number])[] = [];
    const parts = await clock.span('state', () =>
      createNodeParts({ home, ...options, onStarted: (id, took) => starts.push([id, took]) }),
    );
    const node = new StaveNode(parts);
    options.signal?.addEventListener('abort', () => parts.provisioner.abort(), { once: true });
    const waiting = setInterval(() => options.onWaiting?.(node.#starting()), LONG_BOOT);
    try {
      await node.#boot(clock, starts, options.signal);
    } catch (error) {
      await node.#close();
      throw error;
    } finally {
      clearInterval(waiting);
    }
    node.system.boot = clock.finish();
    node.#watchdog = watchLoop(parts);
    options.signal?.addEventListener('abort', () => node.system.shutdown(), { once: true });
    return node;
  }

  /** `stave root ready in 312 ms, 24 bundles active`, with a second line when some are not. */
  get readyText(): string {
    const bundles = this.parts.framework.list().filter((bundle) => bundle.id !== 0);
    const active = bundles.filter((bundle) => bundle.state === 'ACTIVE').length;
    const others = bundles.length - active;
    const time = Math.round(this.system.boot.milliseconds);
    const ready = `stave ${this.system.name} ready in ${time} ms, ${counted(active)} active`;
    return others === 0 ? ready : `${ready}\n${counted(others)} not active, see bundle:diag`;
  }

  #starting(): readonly string[] {
    const bundles = this.parts.framework.list().filter(({ state }) => state === 'STARTING');
    return bundles.map(({ name, version }) => `${name} ${version}`);
  }

  async runConsole(): Promise<void> {
    const { home, log } = this.parts;
    const { stdin, stdout, stderr } = process;
    const terminal = new ConsoleTerminal({
      commands: this.#commands,
      home,
      system: this.system,
      cwd: process.cwd(),
      stdin,
      stdout,
      stderr,
    });
    const told = log.onDidWrite((record) => {
      if (record.level === 'warn' || record.level === 'error')
        terminal.print(`${record.level} ${record.logger}: ${record.message}`);
    });
    try {
      await terminal.run();
    } finally {
      told.dispose();
    }
  }

  async #boot(
    clock: BootClock,
    starts: (readonly [number, number])[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { home, log, configuration, provisioner, revisions, artifacts, transactor, committer, state } =
      this.parts;
    const uncaught = catchUncaughtErrors(log);
    this.#store.add({ dispose: uncaught });
    this.#tellLostState();
    await clock.span('configurations', async () => {
      // What the last commit was still to write belongs to the files that are read now.
      await committer.flush();
      await removeLeftovers([
        home.data,
        join(home.data, 'cache'),
        home.etc,
        ...state.outbox.map(({ path }) => dirname(join(home.root, path))),
      ]);
      this.#etc.start();
      configuration.restore(state.configurations);
      await configuration.loadAll(scanEtc(home.etc));
      this.#followOwnConfiguration();
    });
    await clock.span('caches', async () => {
      await artifacts.recover();
      await revisions.load();
      // The store may have been deleted, the cache not.
      revisions.retain(new Set(artifacts.digests()));
    });
    const { system } = this;
    const [deploy, commands] = [this.#deploy, this.#commands];
    this.#store.add(offerServices(this.parts, { services: this.#services, deploy, system, commands }));
    const { changes, update } = await clock.span('deploy folder', () =>
      changesWhileDown(this.parts, this.#deploy),
    );
    await clock.span('bundles', async () => {
      await provisioner.boot(changes, update, signal ? { signal } : {});
      for (const [id, took] of starts) clock.add(this.parts.framework.get(id)?.name ?? String(id), took);
    });
    this.#store.add(new BootClaims(provisioner, log.logger('features')).follow(configuration));
    await clock.span('watch and socket', async () => {
      this.#deploy.watch();
      this.#server = await ConsoleServer.listen({
        commands: this.#commands,
        node: home.name,
        data: home.data,
        log: log.logger('console'),
      });
    });
    signal?.throwIfAborted();
    this.#store.add(new Housekeeping(this.parts));
    if (changes.length === 0 && transactor.state.unmet.length > 0) this.#retryUnmet();
  }

  /** A home that was in use has a store. */
  #tellLostState(): void {
    const { home, log, state } = this.parts;
    if (state !== EMPTY_STATE || !existsSync(join(home.data, 'store'))) return;
    log
      .logger('node')
      .warn(
        'data/state.json is gone: what boot, deploy/ and etc/ want returns, what the console installed does not',
      );
  }

  /** What could not be met when the node was last up may be there by now; the boot does not wait for it. */
  #retryUnmet(): void {
    const { provisioner, log } = this.parts;
    provisioner.retryUnmet().catch((error: unknown) => {
      log
        .logger('provisioning')
        .warn(`what was set aside could not be tried again: ${describeError(error)}`, error);
    });
  }

  /** Limits and log levels follow their files; a wrong value leaves what was in force. */
  #followOwnConfiguration(): void {
    const { configuration, log, setLimits } = this.parts;
    const follow = (
      pid: string,
      name: string,
      check: (properties: JsonObject) => JsonObject,
      use: (properties: JsonObject) => void,
    ): Disposable =>
      this.#store.add(
        configuration.consume(pid, { name, check, updated: (properties) => use(properties ?? {}) }),
      );
    follow(LIMITS_PID, 'limits', checkLimits, (properties) => setLimits(limitsFrom(properties)));
    follow(LOG_PID, 'log', checkLog, (properties) => log.configure(properties));
  }

  /** Gives back all that was taken; a part that fails to does not keep the others from it. */
  async #close(): Promise<void> {
    const { provisioner, compiler, log, modules, framework, configuration } = this.parts;
    const parts: Readonly<Record<string, () => void | Promise<void>>> = {
      'the watcher of etc/': () => this.#etc.dispose(),
      'the watcher of deploy/': () => this.#deploy.dispose(),
      'the socket for clients': () => this.#server?.close(),
      'bundles and state': () => provisioner.close(),
      listeners: () => this.#store.dispose(),
      services: () => this.#services.close(),
      'the code cache': () => modules.flushCodeCache(),
      modules: () => modules.dispose(),
      framework: () => framework.dispose(),
      compiler: () => compiler.close(),
      configurations: () => configuration.dispose(),
      watchdog: () => this.#watchdog?.close(),
    };
    for (const [name, close] of Object.entries(parts)) {
      try {
        await close();
      } catch (error) {
        log.logger('node').error(`${name} could not be closed in order`, error);
      }
    }
    await log.close();
  }
}

function counted(bundles: number): string {
  return `${bundles} ${bundles === 1 ? 'bundle' : 'bundles'}`;
}

/** The configuration that a file in deploy/ brings. */
function readConfiguration(
  configuration: ConfigurationStore,
  text: string,
  name: string,
): { readonly pid: string; readonly properties: JsonObject } {
  const kind = fileKind(name);
  if (kind.kind === 'ignored')
    throw new StaveError('STAVE_PID_INVALID', 'the file name is no PID', { where: name });
  return { pid: kind.pid, properties: configuration.read(text, kind.format, name) };
}

function checkLog(properties: JsonObject): JsonObject {
  readLogConfiguration(properties);
  return properties;
}

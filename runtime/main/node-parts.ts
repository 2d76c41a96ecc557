import { join } from 'node:path';
import type { Home, LogRecord } from '@stave/api';
import { type FileSystem, nodeFileSystem } from '../base/atomic-file.js';
import { ComponentRuntime } from '../components/component-runtime.js';
import { ConfigurationStore } from '../config/configuration-store.js';
import { Framework } from '../framework/framework.js';
import { ServiceRegistry } from '../framework/services/service-registry.js';
import { LogService } from '../log/log-service.js';
import { Compiler } from '../modules/compiler.js';
import { ModuleLoader } from '../modules/module-loader.js';
import { bundleType } from '../provisioning/bundle-type.js';
import { Committer } from '../provisioning/committer.js';
import { configurationType } from '../provisioning/configuration-type.js';
import { Gatherer } from '../provisioning/gatherer.js';
import { Provisioner } from '../provisioning/provisioner.js';
import { ResourceTypeRegistry } from '../provisioning/resource-type-registry.js';
import { RevisionIndex } from '../provisioning/revision-index.js';
import { StateFile } from '../provisioning/state-file.js';
import { Transactor } from '../provisioning/transactor.js';
import { componentHost } from './bundle-components.js';
import { createArtifactStore } from './create-artifact-store.js';
import { digestBelow } from './file-digest.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { RUNTIME_VERSION } from './runtime-version.js';
import { createSystemPackages } from './system-packages.js';

export interface NodePartsOptions {
  readonly home: Home;
  readonly echo: ((record: LogRecord) => void) | undefined;
  readonly onStarted: (id: number, milliseconds: number) => void;
  /** Told each step of a transaction, for tests. */
  readonly onStep?: (step: string) => void;
}

/** The rooms of one node, put together but not yet at work. */
export type NodeParts = Awaited<ReturnType<typeof createNodeParts>>;

/** Makes the rooms and loads the state. Throws `STAVE_STATE_INVALID` and others for a state that cannot be used. */
export async function createNodeParts({ home, echo, onStarted, onStep }: NodePartsOptions) {
  const fs = onStep && tellingFileSystem(onStep);
  let limits: Limits = DEFAULT_LIMITS;
  const stopping = new AbortController();
  const log = new LogService({ file: join(home.data, 'log', 'stave.log'), ...(echo ? { echo } : {}) });
  const logger = (name: string) => log.logger(name);
  const system = createSystemPackages();
  const stateFile = new StateFile(join(home.data, 'state.json'), fs);
  const state = await stateFile.load();

  const configuration = new ConfigurationStore({
    etc: home.etc,
    // The provisioner is made below, since it needs the configurations itself.
    queue: { submit: (edits, options) => provisioner.submit(edits, options) },
    variables: { system: { 'stave.home': home.root, 'stave.name': home.name }, env: process.env },
    report: (message, error) => logger('config').warn(message, error),
  });
  const registry = new ServiceRegistry({ log: logger('services'), unregisterLimit: () => limits.life.stop });
  const components = new ComponentRuntime({
    services: registry,
    configuration,
    log: logger('components'),
    limits: () => limits.life,
    loadInversify: async () => {
      await system.prepare('inversify');
      return system.get('inversify', '.') as typeof import('inversify');
    },
  });
  const modules = new ModuleLoader({ systemPackages: (name, subpath) => system.get(name, subpath) });
  const revisions = new RevisionIndex(
    join(home.data, 'cache', 'revisions.json'),
    // With the folder, since it holds absolute paths, and a home may be moved.
    `${RUNTIME_VERSION} ${process.version} ${home.data}`,
  );
  const framework = new Framework(
    {
      modules,
      components: componentHost(components),
      system,
      version: RUNTIME_VERSION,
      limits: () => limits.life,
      proven: revisions.proven,
      logger,
      bundlesFolder: join(home.data, 'bundles'),
    },
    registry,
  );
  const artifacts = createArtifactStore(
    { home: home.root, installation: home.installation, data: home.data },
    () => limits.artifacts,
    () => words(configuration.get('stave.artifacts')?.properties.scripts),
  );
  const compiler = new Compiler({ cacheFolder: join(home.data, 'cache', 'chunks') });
  const types = new ResourceTypeRegistry();
  types.add(bundleType);
  types.add(configurationType);
  const gatherer = new Gatherer(types, artifacts, compiler, revisions, RUNTIME_VERSION);
  const hooks = { ...(fs ? { fs } : {}), ...(onStep ? { onStep } : {}) };
  const committer = new Committer(
    { home: home.root, stateFile, revisions, log: logger('provisioning'), ...hooks },
    state,
  );
  const transactor = new Transactor({
    home: home.root,
    types,
    framework,
    configuration,
    revisions,
    gatherer,
    committer,
    system: system.versions,
    digestOf: digestBelow(home.root),
    log: logger('provisioning'),
    stopping: stopping.signal,
    onStarted,
    ...hooks,
  });
  const provisioner: Provisioner = new Provisioner({
    types,
    gatherer,
    transactor,
    log: logger('provisioning'),
    stopping,
  });
  return {
    home,
    log,
    state,
    configuration,
    registry,
    components,
    modules,
    framework,
    artifacts,
    compiler,
    revisions,
    types,
    committer,
    transactor,
    provisioner,
    limits: () => limits,
    setLimits: (next: Limits) => {
      limits = next;
    },
  };
}

function words(value: unknown): readonly string[] {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : [];
}

/** Tells when a file is about to take its place. */
function tellingFileSystem(onStep: (step: string) => void): FileSystem {
  return {
    ...nodeFileSystem,
    rename: (from, to) => {
      onStep('renaming');
      return nodeFileSystem.rename(from, to);
    },
  };
}

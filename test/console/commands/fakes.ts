import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  Bundle,
  Bundles,
  ChangeOutcome,
  Claim,
  ClaimChange,
  Claims,
  Command,
  Configuration,
  ConfigurationAdmin,
  FeatureInfo,
  Features,
  JsonObject,
  Log,
  LogRecord,
  Manifest,
  Override,
  Plan,
  RepositoryInfo,
  Services,
  System,
} from '@stave/api';
import type { CommandDeps } from 'stave/console/commands/command-deps.js';
import { runtimeCommands } from 'stave/console/commands/register-commands.js';
import type { ConsoleSession } from 'stave/console/socket/console-session.js';
import { output, registryOf, sessionOf } from '../console-fixture.js';

const MANIFEST: Manifest = {
  name: '',
  version: '',
  description: undefined,
  isBundle: true,
  activator: undefined,
  components: undefined,
  imports: [],
  exports: [],
  provides: [],
  requires: [],
  config: {},
  startLevel: undefined,
  singleton: true,
  isolation: 'none',
  engine: undefined,
  loading: 'chunk',
};

export function bundleOf(id: number, name: string, version: string, more: Partial<Bundle> = {}): Bundle {
  return {
    id,
    name,
    version,
    location: `file:///bundles/${name}`,
    digest: 'd',
    state: 'ACTIVE',
    startLevel: 80,
    autostart: true,
    wires: [],
    problem: undefined,
    ...more,
    manifest: { ...MANIFEST, name, version, ...more.manifest },
  };
}

export function featureOf(name: string, version: string, more: Partial<FeatureInfo> = {}): FeatureInfo {
  return {
    name,
    version,
    description: `The feature ${name}`,
    hidden: false,
    repository: 'stave:features/standard.json',
    state: 'uninstalled',
    required: false,
    owners: [],
    problem: undefined,
    ...more,
  };
}

/** Keeps the changes that were asked for, and answers with the outcome that a test has set. */
export class FakeClaims implements Pick<Claims, 'change' | 'list' | 'overrides' | 'revision'> {
  readonly changes: ClaimChange[] = [];
  readonly revision = 1;
  own: Claim[] = [];
  decided: Override[] = [];
  plan: Plan = { steps: [], setAside: [], notes: [] };
  outcome: Promise<ChangeOutcome> | undefined;
  readonly onDidCommit = () => ({ dispose: () => undefined });

  change(change: ClaimChange): { id: string; outcome: Promise<ChangeOutcome> } {
    // What says nothing is left out, so that tests name only what matters.
    const said = Object.entries(change).filter(
      ([, value]) => value !== false && !(Array.isArray(value) && value.length === 0),
    );
    this.changes.push(Object.fromEntries(said) as unknown as ClaimChange);
    const outcome =
      this.outcome ??
      Promise.resolve({ plan: this.plan, revision: 1, unmet: [], notes: [], failedStarts: [] });
    return { id: '1', outcome };
  }

  list(): ReturnType<Claims['list']> {
    return this.own.map((claim) => ({ ...claim, unmet: undefined }));
  }

  overrides(): readonly Override[] {
    return this.decided;
  }
}

export class FakeConfiguration {
  readonly calls: unknown[][] = [];
  readonly pids = new Map<string, JsonObject>();

  get(pid: string): Configuration | undefined {
    const properties = this.pids.get(pid);
    if (!properties) return undefined;
    return {
      pid,
      factoryPid: undefined,
      properties,
      revision: 3,
      author: 'file',
      time: 0,
      file: `/etc/${pid}.cfg`,
    };
  }

  list(): readonly Configuration[] {
    return [...this.pids.keys()].map((pid) => this.get(pid)!);
  }

  async change(pid: string, change: unknown, options: { author?: string }): Promise<Configuration> {
    this.calls.push(['change', pid, change, options.author]);
    return { ...this.get(pid)!, pid, revision: 4 };
  }

  async delete(pid: string, options: { author?: string }): Promise<void> {
    this.calls.push(['delete', pid, options.author]);
  }

  problems: ConfigurationAdmin['problems'] = () => [];
}

export class FakeLog {
  records: LogRecord[] = [];
  readonly #listeners = new Set<(record: LogRecord) => void>();

  recent(): readonly LogRecord[] {
    return this.records;
  }

  level(logger?: string): 'info' | 'debug' {
    return logger === 'acme' ? 'debug' : 'info';
  }

  levels(): ReturnType<Log['levels']> {
    return { ROOT: 'info', acme: 'debug' };
  }

  readonly onDidWrite: Log['onDidWrite'] = (listener) => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  write(record: LogRecord): void {
    for (const listener of this.#listeners) listener(record);
  }
}

/** A node made of fakes, and its console. */
export class FakeNode {
  readonly claims = new FakeClaims();
  readonly configuration = new FakeConfiguration();
  readonly log = new FakeLog();
  bundles: Bundle[] = [];
  features: FeatureInfo[] = [];
  repositories: RepositoryInfo[] = [];
  session: ConsoleSession = sessionOf();
  stops = 0;
  readonly deps: CommandDeps;
  readonly commands: readonly Command[];

  constructor() {
    const bundles: Pick<Bundles, 'list' | 'get' | 'exports' | 'startLevel'> = {
      list: () => this.bundles,
      get: (key) =>
        this.bundles.find(
          ({ id, name, version }) => key === id || key === name || key === `${name}@${version}`,
        ),
      exports: () => [{ name: '@acme/clock-api', version: '2.0.0', bundle: 1, users: [2] }],
      startLevel: 100,
    };
    const features: Pick<Features, 'list' | 'info' | 'repositories'> = {
      list: async () => this.features,
      info: async (name, range) =>
        this.features
          .filter((feature) => feature.name === name && (range === undefined || range === feature.version))
          .map((feature) => ({
            ...feature,
            features: [{ name: 'log-api', range: '*' }],
            bundles: [{ location: 'stave:bundles/greeter', startLevel: 30, start: false }],
            configurations: ['acme.greeter'],
            files: ['etc/greeter.txt'],
            conditionals: [{ condition: ['shell'], bundles: ['stave:bundles/greeter-commands'] }],
          })),
      repositories: async () => this.repositories,
    };
    const system: Omit<System, 'onWillShutdown'> = {
      name: 'root',
      version: '0.1.0',
      uptimeMilliseconds: 65_000,
      boot: {
        name: 'boot',
        milliseconds: 200,
        children: [
          {
            name: 'bundles',
            milliseconds: 120.25,
            children: [{ name: '@acme/greeter 1.2.0', milliseconds: 7, children: [] }],
          },
        ],
      },
      shutdown: () => {
        this.stops += 1;
      },
      clean: async ({ dryRun }) => ({ removed: dryRun ? ['would'] : ['did'], bytes: 1_500_000 }),
      stale: () => ['@acme/old 1.0.0'],
    };
    const components: CommandDeps['components'] = {
      list: () => [
        {
          name: 'Greeter',
          bundle: { id: 2, name: '@acme/greeter' },
          declaration: {
            name: 'Greeter',
            provides: [{ name: 'acme.Greeter', major: 1, key: 'acme.Greeter@1' }],
            properties: {},
            configuration: 'acme.greeter',
            configurationPolicy: 'require',
            references: [],
            contextParameter: undefined,
            activate: undefined,
            modified: undefined,
            deactivate: undefined,
          },
          instances: [{ pid: undefined, state: { kind: 'waiting', for: ['service acme.Clock@2'] } }],
          references: [{ token: 'acme.Clock@2', bound: [] }],
        },
      ],
    };
    this.deps = {
      bundles: bundles as Bundles,
      features: features as Features,
      system: system as System,
      components,
      claims: this.claims as unknown as Claims,
      configuration: this.configuration as unknown as ConfigurationAdmin,
      log: this.log as unknown as Log,
      artifacts: { resolve: resolveLocation } as CommandDeps['artifacts'],
      deployments: {
        list: () => [{ file: 'greeter', kind: 'bundle', state: 'failed', result: 'STAVE_COMPILE_FAILED' }],
      },
      plans: {
        recent: () => [
          { time: 0, cause: 'feature:install', milliseconds: 12, steps: [], setAside: [], notes: [] },
        ],
      },
      home: {
        name: 'root',
        root: '/home',
        etc: '/home/etc',
        deploy: '/home/deploy',
        data: '/home/data',
        installation: '/stave',
      },
      commands: {
        list: () => this.commands,
        execute: (line, session, io) => registryOf(this.commands).execute(line, session, io),
        complete: (text, session) => registryOf(this.commands).complete(text, session),
      },
    };
    this.commands = runtimeCommands(services, this.deps);
  }

  /** What a line writes. */
  run(line: string): Promise<string> {
    return output(line, this.commands, this.session);
  }

  /** The one change that a line has asked for. */
  async changeOf(line: string): Promise<ClaimChange> {
    this.claims.changes.length = 0;
    await this.run(line);
    if (this.claims.changes.length !== 1)
      throw new Error(`${line} made ${this.claims.changes.length} changes`);
    return this.claims.changes[0]!;
  }
}

function resolveLocation(location: string, base?: string): string {
  if (/^[a-z]+:/.test(location)) return location;
  return pathToFileURL(resolve(base ?? '/', location)).href;
}

const services = {
  references: (_: unknown, query?: { filter?: string }) => [
    {
      id: 7,
      tokens: [{ name: 'acme.Clock', major: 2, key: 'acme.Clock@2' }],
      properties: { 'service.id': 7, objectClass: ['acme.Clock@2'], type: query?.filter ?? 'json' },
      ranking: 10,
      bundleId: 1,
      bundleName: '@acme/clock',
    },
  ],
} as unknown as Pick<Services, 'references'>;

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ChangeTicket,
  type Claim,
  type ClaimChange,
  type ClaimStatus,
  type CommitEvent,
  type Configuration,
  type ConfigurationEvent,
  type Deployment,
  StaveError,
} from '@stave/api';
import { Emitter } from 'stave/base/emitter.js';
import { DeployFolder } from 'stave/deploy/deploy-folder.js';
import { parseDescriptor } from 'stave/features/descriptor.js';
import { poll } from '../support/poll.js';
import { withTemporaryFolder } from '../support/temporary.js';

function fail(error: unknown): never {
  throw error;
}

/** Claims in memory. A test may refuse changes, set claims aside, and hold outcomes back. */
export class FakeClaims {
  readonly changes: ClaimChange[] = [];
  readonly #claims = new Map<string, Claim>();
  readonly #committed = new Emitter<CommitEvent>(fail);
  readonly onDidCommit = this.#committed.event;
  /** The reason to refuse a change. */
  refuse: (change: ClaimChange) => StaveError | undefined = () => undefined;
  /** The reason to set a claim aside. */
  setAside: (claim: Claim) => ClaimStatus['unmet'] = () => undefined;
  /** What a change waits for. */
  hold: (change: ClaimChange) => Promise<void> | undefined = () => undefined;

  change(change: ClaimChange): ChangeTicket {
    this.changes.push(change);
    return { id: String(this.changes.length), outcome: this.#carryOut(change) };
  }

  list(): readonly ClaimStatus[] {
    return [...this.#claims.values()].map((claim) => ({ ...claim, unmet: this.setAside(claim) }));
  }

  of(file: string): readonly ClaimStatus[] {
    return this.list().filter(({ owner }) => owner === `deploy:${file}`);
  }

  changesOf(file: string): readonly ClaimChange[] {
    return this.changes.filter(({ owner }) => owner === `deploy:${file}`);
  }

  async #carryOut(change: ClaimChange) {
    await this.hold(change);
    await new Promise((resolve) => setImmediate(resolve));
    const refused = this.refuse(change);
    if (refused) throw refused;
    const { owner } = change;
    for (const [id, claim] of this.#claims) if (claim.owner === owner) this.#claims.delete(id);
    for (const claim of change.set ?? []) {
      this.#claims.set(`${owner} ${claim.type} ${claim.key}`, { ...claim, owner });
    }
    const plan = { steps: [], setAside: [], notes: [] };
    const unmet = this.list().filter((claim) => claim.owner === owner && claim.unmet);
    this.#committed.fire({ owner, cause: 'deploy', revision: 1, plan });
    return { plan, revision: 1, unmet, notes: [], failedStarts: [] };
  }
}

/** Reads `name=value` lines. */
function parseConfiguration(text: string, fileName: string) {
  const lines = text.split('\n').filter((line) => line !== '');
  const properties = lines.map((line, index) => {
    const match = /^(\w+)=(.*)$/.exec(line);
    if (!match)
      throw new StaveError('STAVE_CONFIG_SYNTAX', `line ${index + 1} is no property`, { where: fileName });
    return [match[1]!, match[2]!] as const;
  });
  return { pid: fileName.replace(/\.cfg$/, ''), properties: Object.fromEntries(properties) };
}

/** A node with a deploy folder. */
export class DeployWorld {
  readonly claims = new FakeClaims();
  readonly folder: string;
  readonly log: string[] = [];
  readonly configurations = new Map<string, Pick<Configuration, 'author' | 'file'>>();
  readonly configurationChanged = new Emitter<ConfigurationEvent>(fail);
  bundles: { location: string; name: string; version: string; problem: string | undefined }[] = [];
  deploy: DeployFolder;

  constructor(home: string) {
    this.folder = join(home, 'deploy');
    mkdirSync(this.folder);
    this.deploy = this.#make();
  }

  #make(): DeployFolder {
    const write = (message: string): void => void this.log.push(message);
    return new DeployFolder({
      folder: this.folder,
      claims: this.claims,
      bundles: { list: () => this.bundles as never },
      configurations: {
        get: (pid) => this.configurations.get(pid) as Configuration | undefined,
        onDidChange: this.configurationChanged.event,
      },
      readers: { parseDescriptor, parseConfiguration },
      log: { info: write, warn: write },
    });
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Stops, as the node does; what happens until `scan` happens while it is down. */
  stop(): void {
    this.deploy.dispose();
    this.deploy = this.#make();
  }

  shown(file: string): Deployment | undefined {
    return this.deploy.list().find((deployment) => deployment.file === file);
  }

  until(file: string, state: Deployment['state']): Promise<Deployment> {
    return poll(
      () => {
        const deployment = this.shown(file);
        return deployment?.state === state ? deployment : undefined;
      },
      { what: `${file} to be ${state}` },
    ) as Promise<Deployment>;
  }

  /** Waits until nothing is claimed for a file any more. */
  async untilReleased(file: string): Promise<void> {
    await poll(() => this.claims.of(file).length === 0 && this.shown(file) === undefined, {
      what: `${file} to be released`,
    });
  }

  /** Waits until a file is ok with other claims than before. */
  async untilChanged(file: string, body: () => void): Promise<void> {
    const before = this.claims.changesOf(file).length;
    body();
    await poll(() => this.claims.changesOf(file).length > before, { what: `a change of ${file}` });
    await this.until(file, 'ok');
  }
}

/** Runs the body with a node in a fresh home. */
export function withDeployWorld(body: (world: DeployWorld) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (home) => {
    const world = new DeployWorld(home);
    try {
      await body(world);
    } finally {
      world.deploy.dispose();
    }
  });
}

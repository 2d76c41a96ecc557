import type {
  Claim,
  ClaimChange,
  ClaimStatus,
  Configuration,
  ConfigurationConsumer,
  ConfigurationEvent,
  JsonObject,
} from '@stave/api';
import { expect } from 'chai';
import { Emitter } from 'stave/base/emitter.js';
import { BootClaims, bootChange } from 'stave/features/boot-claims.js';
import { bootClaims } from 'stave/features/boot-list.js';

function configurationOf(properties: JsonObject | undefined): Configuration | undefined {
  const pid = 'stave.features';
  const rest = { pid, factoryPid: undefined, revision: 1, author: 'file', time: 0, file: undefined } as const;
  return properties && { ...rest, properties };
}

/** A node with one configuration, whose claims take effect when the test says so. */
class BootWorld {
  readonly changes: ClaimChange[] = [];
  readonly errors: string[] = [];
  committed: readonly Claim[] = [];
  /** The configuration when it begins to be followed. */
  present: JsonObject | undefined;
  consumer: ConfigurationConsumer | undefined;
  readonly #edited = new Emitter<ConfigurationEvent>((error) => {
    throw error;
  });
  readonly #settle: { resolve(): void; reject(error: Error): void }[] = [];

  follow() {
    const claims = {
      list: (): ClaimStatus[] => this.committed.map((claim) => ({ ...claim, unmet: undefined })),
      change: (change: ClaimChange) => {
        this.changes.push(change);
        const outcome = new Promise<never>((resolve, reject) => {
          this.#settle.push({ resolve: resolve as () => void, reject });
        });
        return { id: String(this.changes.length), outcome };
      },
    };
    return new BootClaims(claims, { error: (message: string) => void this.errors.push(message) }).follow({
      get: () => configurationOf(this.present),
      onDidChange: this.#edited.event,
      consume: (_pid, consumer) => {
        this.consumer = consumer;
        return {
          dispose: () => {
            this.consumer = undefined;
          },
        };
      },
    });
  }

  edit(properties: JsonObject | undefined): void {
    const configuration = configurationOf(properties);
    const type = configuration ? 'updated' : 'deleted';
    this.#edited.fire({ type, pid: 'stave.features', author: 'file', revision: 1, configuration });
  }

  commit(): void {
    const change = this.changes.at(-1);
    this.committed = (change?.set ?? []).map((claim) => ({ ...claim, owner: 'boot' as const }));
    this.#settle.at(-1)?.resolve();
  }

  async refuse(error: Error): Promise<void> {
    this.#settle.at(-1)?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const PROPERTIES = { repositories: 'stave:features/standard.json', boot: '(log, http), greeter/^1' };

describe('features/boot-claims', () => {
  it('claims repositories and features, with the stage of each', () => {
    expect(bootClaims(PROPERTIES)).to.deep.equal([
      { type: 'repository', key: 'stave:features/standard.json', value: {}, stage: 0 },
      { type: 'feature', key: 'log', value: {}, stage: 0 },
      { type: 'feature', key: 'http', value: {}, stage: 0 },
      { type: 'feature', key: 'greeter/^1', value: {}, stage: 1 },
    ]);
  });

  it('counts a feature in two stages for the earlier one', () => {
    expect(bootClaims({ boot: '(a),(b),a' }).map(({ key, stage }) => `${key} ${stage}`)).to.deep.equal([
      'a 0',
      'b 1',
    ]);
  });

  it('refuses a stage that is never closed', () => {
    expect(() => bootClaims({ boot: 'a, (b, c' })).to.throw(/character 4: this parenthesis is never closed/);
  });

  it('takes arrays for lists, as JSON configurations have them', () => {
    expect(
      bootClaims({ repositories: ['file:/a', 'file:/b'], boot: ['x', 'y'] }).map(({ key }) => key),
    ).to.deep.equal(['file:/a', 'file:/b', 'x', 'y']);
  });

  it('claims nothing without a configuration, and says that this is all', () => {
    expect(bootChange(undefined)).to.deep.include({ owner: 'boot', set: [], replaceAll: true });
  });

  it('follows the configuration, asking only for what differs', () => {
    const world = new BootWorld();
    world.committed = bootClaims(PROPERTIES).map((claim) => ({ ...claim, owner: 'boot' }));
    world.present = PROPERTIES;
    const following = world.follow();
    world.edit(PROPERTIES);
    expect(world.changes).to.deep.equal([]);
    world.edit({ ...PROPERTIES, boot: 'log' });
    expect(world.changes).to.deep.equal([bootChange({ ...PROPERTIES, boot: 'log' })]);
    world.commit();
    world.edit(undefined);
    expect(world.changes.at(-1)?.set).to.deep.equal([]);
    following.dispose();
    expect(world.consumer).to.equal(undefined);
  });

  it('goes back when an edit is taken back before it was committed', () => {
    const world = new BootWorld();
    world.committed = bootClaims(PROPERTIES).map((claim) => ({ ...claim, owner: 'boot' }));
    world.present = PROPERTIES;
    world.follow();
    world.edit({ boot: 'other' });
    world.edit(PROPERTIES);
    expect(world.changes.map(({ set }) => set?.length)).to.deep.equal([1, 4]);
  });

  it('leaves the claims as they are when it begins with a configuration that cannot be read', () => {
    const world = new BootWorld();
    world.committed = bootClaims(PROPERTIES).map((claim) => ({ ...claim, owner: 'boot' }));
    world.present = { boot: 'a)' };
    world.follow();
    expect(world.changes).to.deep.equal([]);
    expect(world.errors.join()).to.include('stay as they were');
  });

  it('tells a refusal, and asks again at the next edit', async () => {
    const world = new BootWorld();
    world.follow();
    world.edit(PROPERTIES);
    await world.refuse(new Error('the disk is full'));
    expect(world.errors.join()).to.include('the disk is full');
    world.edit(PROPERTIES);
    expect(world.changes).to.have.length(2);
  });

  it('refuses an edit that cannot be read, before it comes into force', () => {
    const world = new BootWorld();
    world.follow();
    for (const properties of [
      { boot: 'a)' },
      { boot: 'a/^a.b' },
      { boot: 7 },
      { repositories: { a: 'b' } },
    ]) {
      expect(() => world.consumer?.check(properties))
        .to.throw()
        .with.property('code', 'STAVE_CONFIG_REFUSED');
    }
  });
});

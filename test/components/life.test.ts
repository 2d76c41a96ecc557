import {
  activate,
  type ComponentContext,
  component,
  deactivate,
  defineComponent,
  reference,
  serviceToken,
} from '@stave/api';
import { expect } from 'chai';
import { poll } from '../support/poll.js';
import { gate, turns, World } from './world.js';

const Clock = serviceToken<{ readonly zone: string }>('acme.Clock');
const Greeter = serviceToken<object>('acme.Greeter');

const never = (): Promise<void> => new Promise(() => undefined);

describe('components: life', () => {
  it('registers the service after activate has resolved, with its properties and component.name', async () => {
    const world = new World();
    const held = gate();
    @component({ name: 'hello', provides: [Greeter], properties: { lang: 'en' } })
    class Hello {
      @activate up(): Promise<void> {
        return held.opened;
      }
    }
    const context = world.bundle();
    const user = world.bundle().services;
    const set = await world.runtime.add(context, { Hello }, { checks: new Map(), signal: context.signal });
    await turns();
    expect(world.states('hello')).to.deep.equal([{ kind: 'activating' }]);
    expect(user.get(Greeter)).to.equal(undefined);
    held.open();
    await set.settled();
    expect(user.reference(Greeter)?.properties).to.include({ lang: 'en', 'component.name': 'hello' });
    expect(user.reference(Greeter)?.bundleId).to.equal(context.bundle.id);
    await set.dispose();
  });

  it('withdraws the service and waits for its users before deactivate is called', async () => {
    const world = new World();
    const log: string[] = [];
    @component({ provides: [Greeter] })
    class Hello {
      @deactivate down({ signal }: ComponentContext): void {
        log.push(`provider down, aborted ${signal.aborted}`);
      }
    }
    const User = defineComponent(
      class User {
        async down(): Promise<void> {
          await turns(2);
          log.push('user down');
        }
      },
      { fields: { greeter: { token: Greeter } }, deactivate: 'down' },
    );
    const provider = await world.add({ Hello });
    const user = await world.add({ User });
    await provider.dispose();
    expect(log).to.deep.equal(['user down', 'provider down, aborted true']);
    expect(world.states('User')[0]?.kind).to.equal('waiting');
    await user.dispose();
  });

  it('shows an activation that fails with its reason, holds up no other, and tries again when a reference changes', async () => {
    const world = new World();
    const log: string[] = [];
    class Fragile {
      clock!: { readonly zone: string };
      up(): void {
        log.push(`up ${this.clock.zone}`);
        if (this.clock.zone === 'bad') throw new Error('no such zone');
      }
      down(): void {
        log.push('down');
      }
    }
    defineComponent(Fragile, {
      provides: [Greeter],
      fields: { clock: { token: Clock, option: 'greedy' } },
      activate: 'up',
      deactivate: 'down',
    });
    const Sound = defineComponent(class Sound {});
    const provider = world.bundle().services;
    provider.register(Clock, { zone: 'bad' });
    const set = await world.add({ Fragile, Sound });
    expect(world.states('Fragile')).to.deep.equal([{ kind: 'failed', reason: 'Error: no such zone' }]);
    expect(world.states('Sound')).to.deep.equal([{ kind: 'active' }]);
    expect(world.errors.map(({ message }) => message)).to.deep.equal([
      'component Fragile of acme failed to activate',
    ]);
    expect(provider.get(Greeter)).to.equal(undefined);
    provider.register(Clock, { zone: 'good' }, { 'service.ranking': 1 });
    await set.settled();
    expect(world.states('Fragile')).to.deep.equal([{ kind: 'active' }]);
    expect(log).to.deep.equal(['up bad', 'up good']);
    await set.dispose();
  });

  it('fails a constructor that throws', async () => {
    const world = new World();
    const Broken = defineComponent(
      class Broken {
        constructor() {
          throw new TypeError('not today');
        }
      },
    );
    const set = await world.add({ Broken });
    expect(world.states('Broken')).to.deep.equal([{ kind: 'failed', reason: 'TypeError: not today' }]);
    await set.dispose();
  });

  it('fails an activation that never ends after the start limit, its signal aborted', async () => {
    const world = new World();
    world.limits.start = 10;
    let signal: AbortSignal | undefined;
    const Hanging = defineComponent(
      class Hanging {
        up(context: ComponentContext): Promise<void> {
          signal = context.signal;
          return never();
        }
      },
      { activate: 'up' },
    );
    const set = await world.add({ Hanging });
    const [state] = world.states('Hanging');
    expect(state).to.have.property('kind', 'failed');
    expect(state).to.have.property('reason').that.contains('STAVE_COMPONENT_FAILED').and.contains('10 ms');
    expect(signal?.aborted).to.equal(true);
    await set.dispose();
  });

  it('takes back an activation that ends after it was given up', async () => {
    const world = new World();
    world.limits.start = 10;
    const held = gate();
    const log: string[] = [];
    const Late = defineComponent(
      class Late {
        async up(): Promise<void> {
          await held.opened;
          log.push('up');
        }
        down(): void {
          log.push('down');
        }
      },
      { activate: 'up', deactivate: 'down' },
    );
    const set = await world.add({ Late });
    expect(log).to.deep.equal([]);
    held.open();
    await poll(() => log.length === 2);
    expect(log).to.deep.equal(['up', 'down']);
    await set.dispose();
  });

  it('lets go after the stop limit although deactivate never ends or throws', async () => {
    const world = new World();
    world.limits.stop = 10;
    const Stuck = defineComponent(
      class Stuck {
        down(): Promise<void> {
          return never();
        }
      },
      { deactivate: 'down', provides: [Greeter] },
    );
    const Throwing = defineComponent(
      class Throwing {
        down(): void {
          throw new Error('will not');
        }
      },
      { deactivate: 'down' },
    );
    const set = await world.add({ Stuck, Throwing });
    await set.dispose();
    expect(world.errors.map(({ message }) => message).sort()).to.deep.equal([
      'component Stuck of acme failed to deactivate; what it was given is released all the same',
      'component Throwing of acme failed to deactivate; what it was given is released all the same',
    ]);
    expect(world.bundle().services.get(Greeter)).to.equal(undefined);
  });

  it('aborts what still activates when its bundle stops, and waits for it', async () => {
    const world = new World();
    const log: string[] = [];
    const Starting = defineComponent(
      class Starting {
        async up({ signal }: ComponentContext): Promise<void> {
          log.push('begins');
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          log.push('ends');
          throw signal.reason;
        }
      },
      { activate: 'up', provides: [Greeter] },
    );
    const context = world.bundle();
    const set = await world.runtime.add(context, { Starting }, { checks: new Map(), signal: context.signal });
    await poll(() => log.length > 0);
    await set.dispose();
    expect(log).to.deep.equal(['begins', 'ends']);
    expect(world.errors).to.deep.equal([]);
  });

  it('can be added again with the same classes, after its bundle was stopped', async () => {
    const world = new World();
    world.bundle().services.register(Clock, { zone: 'utc' });
    const zones: string[] = [];
    @component()
    class Hello {
      @reference(Clock) field!: { readonly zone: string };
      @activate up(): void {
        zones.push(this.field.zone);
      }
    }
    for (let round = 0; round < 2; round += 1) {
      const set = await world.add({ Hello });
      await set.dispose();
      await set.dispose();
    }
    expect(zones).to.deep.equal(['utc', 'utc']);
  });

  it('makes a component that another one brings about in its constructor', async () => {
    const world = new World();
    const made: string[] = [];
    const services = world.bundle('outer').services;
    class Outer {
      clock!: { readonly zone: string };
      constructor() {
        services.register(Greeter, {});
      }
      up(): void {
        made.push(`outer ${this.clock.zone}`);
      }
    }
    defineComponent(Outer, { fields: { clock: { token: Clock } }, activate: 'up' });
    class Inner {
      greeter!: object;
      up(): void {
        made.push(`inner ${Boolean(this.greeter)}`);
      }
    }
    defineComponent(Inner, { fields: { greeter: { token: Greeter } }, activate: 'up' });
    services.register(Clock, { zone: 'utc' });
    const set = await world.add({ Outer, Inner });
    expect(made.sort()).to.deep.equal(['inner true', 'outer utc']);
    await set.dispose();
  });

  it('runs all code of the bundle through the given function', async () => {
    const world = new World();
    let depth = 0;
    const depths: number[] = [];
    const Hello = defineComponent(
      class Hello {
        constructor() {
          depths.push(depth);
        }
        up(): void {
          depths.push(depth);
        }
        down(): void {
          depths.push(depth);
        }
      },
      { activate: 'up', deactivate: 'down' },
    );
    const run = <T>(code: () => T): T => {
      depth += 1;
      try {
        return code();
      } finally {
        depth -= 1;
      }
    };
    const set = await world.add({ Hello }, { run });
    await set.dispose();
    expect(depths).to.deep.equal([1, 1, 1]);
  });

  it('loads inversify only for a bundle that has components', async () => {
    const world = new World();
    const set = await world.add({ nothing: class {}, text: 'x' });
    await set.dispose();
    expect(world.inversifyLoads).to.equal(0);
  });

  it('begins nothing once its signal is aborted', async () => {
    const world = new World();
    const controller = new AbortController();
    const reason = new Error('stopped');
    controller.abort(reason);
    const Hello = defineComponent(class Hello {});
    const context = world.bundle();
    const error = await world.runtime
      .add(context, { Hello }, { checks: new Map(), signal: controller.signal })
      .catch((thrown: unknown) => thrown);
    expect(error).to.equal(reason);
    expect(world.runtime.list()).to.deep.equal([]);
  });
});

describe('components: declarations that cannot be used', () => {
  const cases: readonly (readonly [title: string, make: () => unknown, reason: string])[] = [
    [
      'a constructor parameter without declaration',
      () =>
        defineComponent(
          class Bad {
            constructor(readonly clock: object) {}
          },
        ),
      'constructor parameter 0 is neither a reference nor the context',
    ],
    [
      'a dynamic constructor parameter',
      () =>
        defineComponent(
          class Bad {
            constructor(readonly clock: object) {}
          },
          { parameters: [{ token: Clock, policy: 'dynamic' }] },
        ),
      'which cannot be set anew',
    ],
    [
      'a method that is not there',
      () => defineComponent(class Bad {}, { activate: 'begin' }),
      'no method begin to activate',
    ],
    [
      'a target that is no filter',
      () => defineComponent(class Bad {}, { fields: { clock: { token: Clock, target: '(zone' } } }),
      'STAVE_FILTER_INVALID',
    ],
    [
      'a configuration that is no PID',
      () => defineComponent(class Bad {}, { configuration: 'acme pool' }),
      'STAVE_PID_INVALID',
    ],
    [
      'a required configuration without PID',
      () => defineComponent(class Bad {}, { configurationPolicy: 'require' }),
      'requires a configuration and names none',
    ],
  ];
  for (const [title, make, reason] of cases) {
    it(`shows ${title} as failed, and goes on with the others`, async () => {
      const world = new World();
      const Good = defineComponent(class Good {});
      const set = await world.add({ Bad: make(), Good });
      expect(world.states('Bad')).to.have.length(1);
      expect(world.states('Bad')[0]).to.have.property('reason').that.contains(reason);
      expect(world.states('Good')).to.deep.equal([{ kind: 'active' }]);
      expect(world.errors).to.have.length(1);
      await set.dispose();
      expect(world.runtime.list()).to.deep.equal([]);
    });
  }

  it('refuses the second of two components with one name', async () => {
    const world = new World();
    const set = await world.add({
      a: defineComponent(class One {}, { name: 'same' }),
      b: defineComponent(class Two {}, { name: 'same' }),
    });
    expect(world.states('same').map(({ kind }) => kind)).to.deep.equal(['active', 'failed']);
    await set.dispose();
  });
});

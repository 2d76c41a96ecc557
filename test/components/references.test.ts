import {
  activate,
  type ComponentContext,
  component,
  componentContext,
  deactivate,
  defineComponent,
  reference,
  serviceToken,
} from '@stave/api';
import { expect } from 'chai';
import { poll } from '../support/poll.js';
import { gate, turns, World } from './world.js';

interface Clock {
  readonly zone: string;
}
const Clock = serviceToken<Clock>('acme.Clock', 2);
const ClockOne = serviceToken<Clock>('acme.Clock', 1);
const Greeter = serviceToken<{ readonly clocks: readonly Clock[] }>('acme.Greeter');

/** A class that tells of its life, its clocks in a field. */
function recorder(log: string[]) {
  return class Recorder {
    clock: Clock | undefined | readonly Clock[];
    get zones(): string {
      return (
        [this.clock ?? []]
          .flat()
          .map(({ zone }) => zone)
          .join('+') || 'none'
      );
    }
    up(): void {
      log.push(`up ${this.zones}`);
    }
    down(): void {
      log.push(`down ${this.zones}`);
    }
  };
}
const roles = { activate: 'up', deactivate: 'down' } as const;

describe('components: references', () => {
  it('hands services to constructor parameters and fields, and the context where it is asked for', async () => {
    const world = new World();
    const provider = world.bundle('clocks').services;
    provider.register(Clock, { zone: 'utc' });
    const seen: unknown[] = [];

    @component({ provides: [Greeter] })
    class Hello {
      @reference(Clock) field!: Clock;
      readonly clocks: readonly Clock[];
      constructor(
        @reference(Clock) one: Clock,
        @componentContext() context: ComponentContext,
        @reference(Clock, { cardinality: '0..n' }) all: readonly Clock[],
      ) {
        this.clocks = [one, ...all];
        seen.push(context.name, context.bundle.bundle.name);
      }
      @activate up(context: ComponentContext): void {
        seen.push(this.field.zone, context.properties);
      }
    }
    const set = await world.add({ Hello, other: 3 });
    expect(seen).to.deep.equal(['Hello', 'acme', 'utc', {}]);
    const hello = provider.get(Greeter);
    expect(hello).to.be.instanceOf(Hello);
    expect(hello?.clocks.map(({ zone }) => zone)).to.deep.equal(['utc', 'utc']);
    expect(world.states('Hello')).to.deep.equal([{ kind: 'active' }]);
    await set.dispose();
    expect(provider.get(Greeter)).to.equal(undefined);
    expect(world.runtime.list()).to.deep.equal([]);
  });

  it('takes plain classes through the function twin, with fields of a base class', async () => {
    const world = new World();
    world.bundle().services.register(Clock, { zone: 'utc' });
    class Base {
      @reference(Clock) inherited!: Clock;
    }
    const made: Plain[] = [];
    class Plain extends Base {
      readonly clock: Clock;
      constructor(clock: Clock) {
        super();
        this.clock = clock;
        made.push(this);
      }
    }
    defineComponent(Plain, { parameters: [{ token: Clock }] });
    const set = await world.add({ Plain });
    expect(made[0]?.clock.zone).to.equal('utc');
    expect(made[0]?.inherited).to.equal(made[0]?.clock);
    await set.dispose();
  });

  it('waits for a mandatory service, saying for which, and goes when it goes', async () => {
    const world = new World();
    const log: string[] = [];
    const Recorder = defineComponent(recorder(log), {
      ...roles,
      fields: { clock: { token: Clock, target: '(zone=utc)' } },
    });
    const set = await world.add({ Recorder });
    const waiting = [{ kind: 'waiting', for: ['service acme.Clock@2 (zone=utc)'] }];
    expect(world.states('Recorder')).to.deep.equal(waiting);
    const provider = world.bundle('clocks').services;
    provider.register(Clock, { zone: 'cet' }, { zone: 'cet' });
    await set.settled();
    expect(world.states('Recorder')).to.deep.equal(waiting);
    const registration = provider.register(Clock, { zone: 'utc' }, { zone: 'utc' });
    await set.settled();
    expect(log).to.deep.equal(['up utc']);
    expect(world.runtime.list()[0]?.references).to.deep.equal([
      { token: 'acme.Clock@2', bound: [registration.reference] },
    ]);
    await registration.unregister();
    expect(log).to.deep.equal(['up utc', 'down utc']);
    await set.settled();
    expect(world.states('Recorder')).to.deep.equal(waiting);
    await set.dispose();
  });

  it('says when only another major version is offered', async () => {
    const world = new World();
    world.bundle().services.register(ClockOne, { zone: 'utc' });
    const Recorder = defineComponent(recorder([]), { fields: { clock: { token: Clock } } });
    const set = await world.add({ Recorder });
    expect(world.states('Recorder')).to.deep.equal([
      { kind: 'waiting', for: ['service acme.Clock@2 (only acme.Clock@1 is offered)'] },
    ]);
    await set.dispose();
  });

  it('is made anew when a bound service no longer matches its target', async () => {
    const world = new World();
    const log: string[] = [];
    const provider = world.bundle().services;
    const first = provider.register(Clock, { zone: 'a' }, { on: 'yes' });
    provider.register(Clock, { zone: 'b' }, { on: 'yes' });
    const Recorder = defineComponent(recorder(log), {
      ...roles,
      fields: { clock: { token: Clock, target: '(on=yes)' } },
    });
    const set = await world.add({ Recorder });
    first.setProperties({ on: 'no' });
    await set.settled();
    expect(log).to.deep.equal(['up a', 'down a', 'up b']);
    await set.dispose();
  });

  /** What happens to a component bound to `a` when the better `b` comes, and when `a` then goes. */
  const table = [
    { cardinality: '1..1', policy: 'static', option: 'reluctant', come: [], go: ['down a', 'up b'] },
    { cardinality: '1..1', policy: 'static', option: 'greedy', come: ['down a', 'up b'], go: [] },
    { cardinality: '0..1', policy: 'static', option: 'reluctant', come: [], go: ['down a', 'up b'] },
    { cardinality: '0..1', policy: 'static', option: 'greedy', come: ['down a', 'up b'], go: [] },
    { cardinality: '0..n', policy: 'static', option: 'reluctant', come: [], go: ['down a', 'up b'] },
    {
      cardinality: '1..n',
      policy: 'static',
      option: 'greedy',
      come: ['down a', 'up b+a'],
      go: ['down b+a', 'up b'],
    },
    { cardinality: '1..1', policy: 'dynamic', option: 'reluctant', come: [], go: [], holds: ['a', 'b'] },
    { cardinality: '1..1', policy: 'dynamic', option: 'greedy', come: [], go: [], holds: ['b', 'b'] },
    { cardinality: '0..1', policy: 'dynamic', option: 'reluctant', come: [], go: [], holds: ['a', 'b'] },
    { cardinality: '0..n', policy: 'dynamic', option: 'reluctant', come: [], go: [], holds: ['b+a', 'b'] },
    { cardinality: '1..n', policy: 'dynamic', option: 'greedy', come: [], go: [], holds: ['b+a', 'b'] },
  ] as const;

  for (const { cardinality, policy, option, come, go, ...rest } of table) {
    it(`follows services: ${cardinality} ${policy} ${option}`, async () => {
      const world = new World();
      const log: string[] = [];
      const provider = world.bundle().services;
      const a = provider.register(Clock, { zone: 'a' });
      const Recorder = defineComponent(recorder(log), {
        ...roles,
        provides: [Greeter],
        fields: { clock: { token: Clock, cardinality, policy, option } },
      });
      const set = await world.add({ Recorder });
      const zones = (): unknown => (provider.get(Greeter) as unknown as { zones: string }).zones;
      expect(log.splice(0)).to.deep.equal(['up a']);
      const b = provider.register(Clock, { zone: 'b' }, { 'service.ranking': 5 });
      const afterComing = 'holds' in rest ? zones() : undefined;
      await set.settled();
      expect(log.splice(0)).to.deep.equal(come);
      void a.unregister();
      const afterGoing = 'holds' in rest ? zones() : undefined;
      await set.settled();
      expect(log.splice(0)).to.deep.equal(go);
      if ('holds' in rest) expect([afterComing, afterGoing]).to.deep.equal(rest.holds);

      await b.unregister();
      await set.settled();
      const optional = cardinality.startsWith('0');
      const [state] = world.states('Recorder');
      expect(state?.kind).to.equal(optional ? 'active' : 'waiting');
      if (optional) expect(zones()).to.equal('none');
      await set.dispose();
    });
  }

  it('takes an optional static service that comes later only when it is greedy', async () => {
    const world = new World();
    const logs = { reluctant: [] as string[], greedy: [] as string[] };
    const make = (option: 'reluctant' | 'greedy') =>
      defineComponent(recorder(logs[option]), {
        ...roles,
        name: option,
        fields: { clock: { token: Clock, cardinality: '0..1', option } },
      });
    const set = await world.add({ a: make('reluctant'), b: make('greedy') });
    world.bundle().services.register(Clock, { zone: 'a' });
    await set.settled();
    expect(logs).to.deep.equal({ reluctant: ['up none'], greedy: ['up none', 'down none', 'up a'] });
    await set.dispose();
  });

  it('keeps a provider waiting until its static users are deactivated', async () => {
    const world = new World();
    const held = gate();
    const Slow = defineComponent(
      class Slow {
        down(): Promise<void> {
          return held.opened;
        }
      },
      { fields: { clock: { token: Clock } }, deactivate: 'down' },
    );
    const provider = world.bundle().services;
    const registration = provider.register(Clock, { zone: 'a' });
    const set = await world.add({ Slow });
    let gone = false;
    const unregistering = registration.unregister().then(() => {
      gone = true;
    });
    await turns();
    expect(gone).to.equal(false);
    expect(world.states('Slow')).to.deep.equal([{ kind: 'deactivating' }]);
    held.open();
    await unregistering;
    await set.dispose();
  });

  it('does not keep a provider waiting when another service comes in the same moment', async () => {
    const world = new World();
    const log: string[] = [];
    const provider = world.bundle().services;
    const a = provider.register(Clock, { zone: 'a' });
    const Recorder = defineComponent(recorder(log), {
      ...roles,
      fields: { clock: { token: Clock, policy: 'dynamic' } },
    });
    const set = await world.add({ Recorder });
    const free = a.unregister();
    provider.register(Clock, { zone: 'b' });
    await free;
    await set.settled();
    expect(world.errors).to.deep.equal([]);
    expect(world.states('Recorder')).to.deep.equal([{ kind: 'active' }]);
    expect(log.at(-1)).to.equal('up b');
    await set.dispose();
  });

  it('does not offer its own service to itself', async () => {
    const world = new World();
    const log: string[] = [];
    const Recorder = defineComponent(recorder(log), {
      ...roles,
      provides: [Clock],
      fields: { clock: { token: Clock, cardinality: '0..n', option: 'greedy' } },
    });
    const set = await world.add({ Recorder });
    await turns(20);
    expect(log).to.deep.equal(['up none']);
    await set.dispose();
  });

  it('aborts the signal of an activation that loses a static reference, and ends it when it ends', async () => {
    const world = new World();
    const log: string[] = [];
    const provider = world.bundle().services;
    const registration = provider.register(Clock, { zone: 'a' });

    @component({ provides: [Greeter] })
    class Starting {
      @reference(Clock) clock!: Clock;
      @activate async up({ signal }: ComponentContext): Promise<void> {
        log.push('begins');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        log.push('aborted');
      }
      @deactivate down(): void {
        log.push('down');
      }
    }
    const context = world.bundle();
    const set = await world.runtime.add(context, { Starting }, { checks: new Map(), signal: context.signal });
    await poll(() => log.length > 0);
    expect(world.states('Starting')).to.deep.equal([{ kind: 'activating' }]);
    await registration.unregister();
    expect(log).to.deep.equal(['begins', 'aborted', 'down']);
    await set.settled();
    expect(provider.get(Greeter)).to.equal(undefined);
    expect(world.states('Starting')[0]?.kind).to.equal('waiting');
    expect(world.errors).to.deep.equal([]);
    await set.dispose();
  });

  it('leaves a circle of mandatory references waiting, and says what the circle is', async () => {
    const world = new World();
    const A = serviceToken<object>('acme.A');
    const B = serviceToken<object>('acme.B');
    const Alpha = defineComponent(class Alpha {}, { provides: [A], fields: { b: { token: B } } });
    const Beta = defineComponent(class Beta {}, { provides: [B], fields: { a: { token: A } } });
    const Outside = defineComponent(class Outside {}, { fields: { a: { token: A } } });
    const set = await world.add({ Alpha, Beta, Outside });
    expect(world.states('Alpha')).to.deep.equal([
      { kind: 'waiting', for: ['service acme.B@1 (circle: Alpha → Beta → Alpha)'] },
    ]);
    expect(world.states('Beta')).to.deep.equal([
      { kind: 'waiting', for: ['service acme.A@1 (circle: Beta → Alpha → Beta)'] },
    ]);
    expect(world.states('Outside')).to.deep.equal([{ kind: 'waiting', for: ['service acme.A@1'] }]);
    await set.dispose();
  });

  it('resolves a circle with an optional dynamic reference, and takes it apart again', async () => {
    const world = new World();
    const A = serviceToken<object>('acme.A');
    const B = serviceToken<{ a: object | undefined }>('acme.B');
    const Alpha = defineComponent(class Alpha {}, { provides: [A], fields: { b: { token: B } } });
    const Beta = defineComponent(class Beta {}, {
      provides: [B],
      fields: { a: { token: A, cardinality: '0..1', policy: 'dynamic' } },
    });
    const set = await world.add({ Alpha, Beta });
    const user = world.bundle().services;
    expect(user.get(B)?.a).to.equal(user.get(A));
    expect(user.get(A)).to.be.instanceOf(Alpha);
    await set.dispose();
    expect(world.errors).to.deep.equal([]);
  });

  for (const sooner of ['Left', 'Right']) {
    it(`takes apart, without waiting for a limit, two components that came to need each other: ${sooner} first`, async () => {
      const world = new World();
      const X = serviceToken<object>('acme.X');
      const Y = serviceToken<object>('acme.Y');
      const Left = defineComponent(class Left {}, {
        provides: [X],
        fields: { y: { token: Y, policy: 'dynamic', option: 'greedy' } },
      });
      const Right = defineComponent(class Right {}, {
        provides: [Y],
        properties: { 'service.ranking': 1 },
        fields: { x: { token: X } },
      });
      const first = world.bundle().services.register(Y, {});
      const left = await world.add({ Left });
      const right = await world.add({ Right });
      await first.unregister();
      expect([world.states('Left'), world.states('Right')].flat().map(({ kind }) => kind)).to.deep.equal([
        'active',
        'active',
      ]);
      const [one, other] = sooner === 'Left' ? [left, right] : [right, left];
      await one.dispose();
      expect(world.errors).to.deep.equal([]);
      await other.dispose();
      expect(world.errors).to.deep.equal([]);
    });
  }

  it('lets other work of the node go on while two components make each other anew without end', async () => {
    const world = new World();
    const Item = serviceToken<object>('acme.Item');
    const greedy = {
      provides: [Item],
      fields: { items: { token: Item, cardinality: '0..n', option: 'greedy' } },
    } as const;
    const One = defineComponent(class One {}, greedy);
    const Two = defineComponent(class Two {}, greedy);
    const context = world.bundle();
    const set = await world.runtime.add(context, { One, Two }, { checks: new Map(), signal: context.signal });
    await turns(50);
    await set.dispose();
    expect(world.states('One')).to.deep.equal([]);
  });
});

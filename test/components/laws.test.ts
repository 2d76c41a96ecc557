import { defineComponent, type ReferenceOptions, type ServiceRegistration, serviceToken } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { turns, World } from './world.js';

interface Item {
  readonly n: number;
  gone: boolean;
}
const First = serviceToken<Item>('law.First');
const Second = serviceToken<Item>('law.Second');
const Made = serviceToken<{ readonly items: unknown }>('law.Made');

const option = fc.constantFrom('reluctant' as const, 'greedy' as const);
const cardinality = fc.constantFrom('0..1' as const, '1..1' as const, '0..n' as const, '1..n' as const);
const policy = fc.constantFrom('static' as const, 'dynamic' as const);
const shape = fc.record({ cardinality, policy, option });

const step = fc.oneof(
  fc.record({
    do: fc.constant('offer' as const),
    second: fc.boolean(),
    ranking: fc.integer({ min: -2, max: 2 }),
  }),
  fc.record({ do: fc.constant('withdraw' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('rank' as const), pick: fc.nat(), ranking: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ do: fc.constant('configure' as const), present: fc.boolean() }),
  fc.record({ do: fc.constant('pause' as const), turns: fc.nat({ max: 2 }) }),
);

/** One component with two references, its activation and deactivation taking time; tells what it sees that must not be. */
function observed(shapes: readonly [ReferenceOptions, ReferenceOptions], required: boolean) {
  const wrong: string[] = [];
  const live = new Set<Observed>();
  class Observed {
    first: Item | readonly Item[] | undefined;
    second: Item | readonly Item[] | undefined;
    get items(): readonly Item[] {
      return [...this.itemsAt(0), ...this.itemsAt(1)];
    }
    itemsAt(site: number): readonly Item[] {
      return [(site === 0 ? this.first : this.second) ?? []].flat();
    }
    async up(): Promise<void> {
      if (live.size > 0) wrong.push('two lives at once');
      live.add(this);
      if (this.items.some(({ gone }) => gone)) wrong.push('activated with a service that is gone');
      await turns(1);
    }
    async down(): Promise<void> {
      await turns(1);
      if (!live.delete(this)) wrong.push('deactivated without being active');
    }
  }
  defineComponent(Observed, {
    provides: [Made],
    configuration: 'law.made',
    configurationPolicy: required ? 'require' : 'ignore',
    fields: { first: { token: First, ...shapes[0] }, second: { token: Second, ...shapes[1] } },
    activate: 'up',
    deactivate: 'down',
  });
  return { Observed, wrong, live };
}

describe('components: laws', () => {
  it('is active exactly when it is satisfied, and never holds a service whose provider was told that it is free', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(shape, shape),
        fc.boolean(),
        fc.array(step, { maxLength: 25 }),
        async (shapes, required, steps) => {
          const world = new World();
          const { Observed, wrong, live } = observed(shapes, required);
          const provider = world.bundle('provider').services;
          const offers: { item: Item; token: typeof First; registration: ServiceRegistration<Item> }[] = [];
          const withdrawals: Promise<void>[] = [];
          const set = await world.add({ Observed });
          let configured = false;
          let next = 0;
          for (const each of steps) {
            if (each.do === 'offer') {
              next += 1;
              const item = { n: next, gone: false };
              const token = each.second ? Second : First;
              const registration = provider.register(token, item, { 'service.ranking': each.ranking });
              offers.push({ item, token, registration });
            } else if (each.do === 'configure') {
              configured = each.present;
              const { configurations } = world;
              void (configured
                ? configurations.set('law.made', { at: next })
                : configurations.delete('law.made'));
            } else if (each.do === 'pause') {
              await turns(each.turns);
            } else if (offers.length > 0) {
              const index = each.pick % offers.length;
              const { item, registration } = offers[index]!;
              if (each.do === 'rank') {
                registration.setProperties({ 'service.ranking': each.ranking });
              } else {
                offers.splice(index, 1);
                const free = registration.unregister().then(() => {
                  item.gone = true;
                  const [state] = world.states('Observed');
                  const statics = shapes.flatMap((shape, at) => (shape.policy === 'static' ? [at] : []));
                  const sites = state?.kind === 'active' ? [0, 1] : statics;
                  const held = [...live].some((object) =>
                    sites.some((at) => object.itemsAt(at).includes(item)),
                  );
                  if (held) wrong.push(`holds ${item.n} although its provider was told that it is free`);
                });
                withdrawals.push(free);
              }
            }
          }
          await Promise.all(withdrawals);
          await set.settled();
          expect(wrong).to.deep.equal([]);

          const satisfied =
            (!required || configured) &&
            [First, Second].every(
              (token, index) =>
                shapes[index]!.cardinality.startsWith('0') || offers.some((offer) => offer.token === token),
            );
          expect(world.states('Observed')[0]?.kind).to.equal(satisfied ? 'active' : 'waiting');
          expect(live.size).to.equal(satisfied ? 1 : 0);
          expect(provider.get(Made) !== undefined).to.equal(satisfied);

          await set.dispose();
          expect([wrong, live.size, provider.get(Made), world.errors]).to.deep.equal([[], 0, undefined, []]);
        },
      ),
      { numRuns: 150, includeErrorInReport: true },
    );
  });
});

import { type ServiceReference, type ServiceRegistration, serviceToken } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { ServiceRegistry } from 'stave/framework/services/service-registry.js';

const TOKENS = [
  serviceToken<object>('law.A'),
  serviceToken<object>('law.B'),
  serviceToken<object>('law.B', 2),
];
const FILTERS = ['(kind=0)', '(kind=1)', '(!(kind=0))', '(service.ranking>=1)'];

/** What a filter of this test says, read without the registry. */
const MEANING: Record<string, (model: Model) => boolean> = {
  '(kind=0)': ({ kind }) => kind === 0,
  '(kind=1)': ({ kind }) => kind === 1,
  '(!(kind=0))': ({ kind }) => kind !== 0,
  '(service.ranking>=1)': ({ ranking }) => ranking >= 1,
};

interface Model {
  readonly tokens: readonly number[];
  readonly bundle: number;
  readonly age: number;
  ranking: number;
  kind: number;
}

const properties = fc.record({ ranking: fc.integer({ min: -2, max: 2 }), kind: fc.nat({ max: 2 }) });
const step = fc.oneof(
  fc.record({
    do: fc.constant('register' as const),
    tokens: fc.uniqueArray(fc.nat({ max: TOKENS.length - 1 }), { minLength: 1 }),
    bundle: fc.nat({ max: 3 }),
    properties,
  }),
  fc.record({ do: fc.constant('unregister' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('setProperties' as const), pick: fc.nat(), properties }),
  fc.record({ do: fc.constant('look' as const) }),
);

const toProperties = (value: { ranking: number; kind: number }) => ({
  'service.ranking': value.ranking,
  kind: value.kind,
});

function naiveOrder(models: readonly Model[]): number[] {
  return [...models]
    .sort((a, b) => b.ranking - a.ranking || a.bundle - b.bundle || a.age - b.age)
    .map((model) => model.age);
}

const ages = (references: readonly ServiceReference[]): number[] =>
  references.map((reference) => reference.id);

describe('framework/services: the law of order', () => {
  it('gives every lookup the order that sorting anew would give, after any history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log = { error: () => undefined, warn: () => undefined };
        const registry = new ServiceRegistry({ log });
        const user = registry.servicesFor({ id: 9, name: 'user' });
        const live: { model: Model; registration: ServiceRegistration }[] = [];
        const look = (): void => {
          for (const [index, token] of TOKENS.entries()) {
            const models = live.map(({ model }) => model).filter(({ tokens }) => tokens.includes(index));
            expect(ages(user.references(token))).to.deep.equal(naiveOrder(models));
            for (const filter of FILTERS) {
              const expected = naiveOrder(models.filter((model) => MEANING[filter]!(model)));
              expect(ages(user.references(token, { filter }))).to.deep.equal(expected);
            }
          }
          expect(ages(user.references())).to.deep.equal(naiveOrder(live.map(({ model }) => model)));
        };
        for (const each of steps) {
          if (each.do === 'register') {
            const registration = registry.register(
              { id: each.bundle, name: `b${each.bundle}` },
              each.tokens.map((index) => TOKENS[index]!),
              {},
              toProperties(each.properties),
            );
            const { tokens, bundle } = each;
            live.push({
              registration,
              model: { tokens, bundle, age: registration.reference.id, ...each.properties },
            });
          } else if (each.do === 'look') {
            look();
          } else if (live.length > 0) {
            const index = each.pick % live.length;
            const { registration, model } = live[index]!;
            if (each.do === 'unregister') {
              void registration.unregister();
              live.splice(index, 1);
            } else {
              registration.setProperties(toProperties(each.properties));
              Object.assign(model, each.properties);
            }
          }
        }
        look();
      }),
    );
  });
});

import 'reflect-metadata';
import { Container } from 'inversify';
import { activations } from './activations.js';
import type { Bench } from './bench.js';
import { alternate, median } from './statistics.js';

const CHILDREN = 5000;

class Clock {}
class Hello {
  readonly clock: Clock;
  constructor(clock: Clock) {
    this.clock = clock;
  }
}

/** What an activation is made of in inversify: a child container with two bindings, one object got from it. */
function childContainers(): number {
  const parent = new Container();
  const began = performance.now();
  for (let n = 0; n < CHILDREN; n += 1) {
    const child = new Container({ parent });
    child.bind(Clock).toConstantValue(new Clock());
    child.bind(Hello).toResolvedValue((clock: Clock) => new Hello(clock), [Clock]);
    child.get(Hello);
    void child.unbindAll();
  }
  return ((performance.now() - began) / CHILDREN) * 1000;
}

/** What it costs when components come and go. */
export const components: Bench = {
  name: 'components',
  title: 'component activations: one reference, one service, listening included',
  async measure({ quick }) {
    const runs = quick ? 3 : 7;
    const replacements: number[] = [];
    const samples = await alternate(runs, {
      activations: async () => {
        const figures = await activations();
        replacements.push(figures.replacementsPerSecond);
        return figures.activationsPerSecond;
      },
      inversify: async () => 1e6 / childContainers(),
    });
    const of = `median of ${runs}`;
    return [
      {
        what: 'activations',
        value: median(samples.activations),
        unit: '/s',
        of,
        goal: { above: 10_000 },
        beside: [{ name: 'inversify 8, a child container each', value: median(samples.inversify) }],
      },
      {
        what: 'deactivated and activated again when a service is replaced',
        value: median(replacements),
        unit: '/s',
        of,
      },
    ];
  },
};

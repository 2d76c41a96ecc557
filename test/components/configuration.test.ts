import { type ComponentContext, defineComponent, type JsonObject, serviceToken } from '@stave/api';
import { expect } from 'chai';
import { sizeCheck, turns, World } from './world.js';

const Pool = serviceToken<object>('acme.Pool');

/** A component that tells what it is configured with. */
function pool(log: string[], options: Parameters<typeof defineComponent>[1] = {}) {
  const show = ({ pid, properties }: ComponentContext): string => `${pid} ${JSON.stringify(properties)}`;
  class Pools {
    up(context: ComponentContext): void {
      log.push(`up ${show(context)}`);
      if (context.properties.size === 13) throw new Error('unlucky');
    }
    change(context: ComponentContext): void {
      log.push(`change ${show(context)}`);
      if (context.properties.size === 13) throw new Error('unlucky');
    }
    down(context: ComponentContext): void {
      log.push(`down ${show(context)}`);
    }
  }
  return defineComponent(Pools, {
    name: 'pool',
    configuration: 'acme.pool',
    provides: [Pool],
    properties: { kind: 'pool', size: 1 },
    activate: 'up',
    deactivate: 'down',
    ...options,
  });
}

const checks = new Map([['acme.pool', sizeCheck]]);

describe('components: configuration', () => {
  it('is active without one by default, and made anew when one comes, changes or goes', async () => {
    const world = new World();
    const log: string[] = [];
    const set = await world.add({ Pools: pool(log) }, { checks });
    await world.configurations.set('acme.pool', { size: '2' });
    await world.configurations.set('acme.pool', { size: '3' });
    await world.configurations.delete('acme.pool');
    expect(log).to.deep.equal([
      'up acme.pool {}',
      'down acme.pool {}',
      'up acme.pool {"size":2}',
      'down acme.pool {"size":2}',
      'up acme.pool {"size":3}',
      'down acme.pool {"size":3}',
      'up acme.pool {}',
    ]);
    await set.dispose();
    expect(world.configurations.consumers).to.deep.equal([]);
  });

  for (const late of [false, true]) {
    it(`is activated once with a configuration that is there, told ${late ? 'later' : 'at once'}`, async () => {
      const world = new World();
      world.configurations.late = late;
      await world.configurations.set('acme.pool', { size: '2' });
      const log: string[] = [];
      const set = await world.add({ Pools: pool(log) }, { checks });
      expect(log).to.deep.equal(['up acme.pool {"size":2}']);
      await set.dispose();
    });
  }

  it('hands a change to the method marked for it, and changes the properties of the service', async () => {
    const world = new World();
    const log: string[] = [];
    await world.configurations.set('acme.pool', { size: '2', '.secret': 'x' });
    const set = await world.add({ Pools: pool(log, { modified: 'change' }) }, { checks });
    const user = world.bundle().services;
    const before = user.reference(Pool);
    const shown = { kind: 'pool', size: 2, 'component.name': 'pool', 'service.pid': 'acme.pool' };
    expect(before?.properties).to.include(shown).and.not.to.have.property('.secret');
    await world.configurations.set('acme.pool', { size: '4' });
    await world.configurations.set('acme.pool', { size: '3' });
    expect(log.slice(1)).to.deep.equal(['change acme.pool {"size":4}', 'change acme.pool {"size":3}']);
    expect(user.reference(Pool)).to.equal(before);
    expect(user.reference(Pool)?.properties).to.include({ ...shown, size: 3 });
    await set.dispose();
  });

  it('stays active when the method for changes throws, and logs it', async () => {
    const world = new World();
    const log: string[] = [];
    const set = await world.add({ Pools: pool(log, { modified: 'change' }) }, { checks });
    await world.configurations.set('acme.pool', { size: '13' });
    expect(world.states('pool')).to.deep.equal([{ kind: 'active' }]);
    expect(world.errors.map(({ message }) => message)).to.deep.equal([
      'component pool of acme failed to take its changed configuration',
    ]);
    await set.dispose();
  });

  it('waits for a configuration that it requires, and says so', async () => {
    const world = new World();
    const log: string[] = [];
    const Pools = pool(log, { configurationPolicy: 'require', modified: 'change' });
    const set = await world.add({ Pools });
    const waiting = [{ kind: 'waiting', for: ['configuration acme.pool'] }];
    expect(world.states('pool')).to.deep.equal(waiting);
    await world.configurations.set('acme.pool', { size: 2 });
    expect(world.states('pool')).to.deep.equal([{ kind: 'active' }]);
    await world.configurations.delete('acme.pool');
    expect(world.states('pool')).to.deep.equal(waiting);
    expect(log).to.deep.equal(['up acme.pool {"size":2}', 'down acme.pool {"size":2}']);
    await set.dispose();
  });

  it('ignores configurations when it says so', async () => {
    const world = new World();
    const log: string[] = [];
    await world.configurations.set('acme.pool', { size: 2 });
    const set = await world.add({ Pools: pool(log, { configurationPolicy: 'ignore' }) });
    await world.configurations.set('acme.pool', { size: 3 });
    expect(log).to.deep.equal(['up undefined {}']);
    await set.dispose();
  });

  it('has one instance for each configuration of a factory, and none beside them', async () => {
    const world = new World();
    const log: string[] = [];
    await world.configurations.set('acme.pool~b', { size: 2 });
    await world.configurations.set('acme.pool~a', { size: 1 });
    const set = await world.add({ Pools: pool(log) });
    const user = world.bundle().services;
    const pids = (): unknown[] => user.references(Pool).map(({ properties }) => properties['service.pid']);
    expect(pids()).to.have.members(['acme.pool~a', 'acme.pool~b']);
    expect(world.runtime.list()[0]?.instances.map(({ pid }) => pid)).to.deep.equal([
      'acme.pool~a',
      'acme.pool~b',
    ]);
    await world.configurations.delete('acme.pool~a');
    expect(pids()).to.deep.equal(['acme.pool~b']);
    await world.configurations.delete('acme.pool~b');
    await set.settled();
    expect(pids()).to.deep.equal([undefined]);
    await world.configurations.set('acme.pool~c', { size: 3 });
    await set.settled();
    expect(pids()).to.deep.equal(['acme.pool~c']);
    await set.dispose();
    expect(pids()).to.deep.equal([]);
  });

  it('keeps the instance of the bare PID beside those of the factory while it is configured', async () => {
    const world = new World();
    await world.configurations.set('acme.pool', { size: 1 });
    await world.configurations.set('acme.pool~a', { size: 2 });
    const set = await world.add({ Pools: pool([]) });
    const pids = (): unknown[] => world.runtime.list()[0]?.instances.map(({ pid }) => pid) ?? [];
    expect(pids()).to.deep.equal(['acme.pool', 'acme.pool~a']);
    await world.configurations.delete('acme.pool');
    expect(pids()).to.deep.equal(['acme.pool~a']);
    await set.dispose();
  });

  it('waits while its configuration is refused, naming the reason', async () => {
    const world = new World();
    const log: string[] = [];
    await world.configurations.set('acme.pool', { size: 'many' });
    const set = await world.add({ Pools: pool(log) }, { checks });
    const [state] = world.states('pool');
    expect(state?.kind === 'waiting' && state.for[0]).to.match(
      /^configuration acme\.pool \(refused: STAVE_CONFIG_REFUSED: size must be a number/,
    );
    await world.configurations.set('acme.pool', { size: '2' });
    expect(log).to.deep.equal(['up acme.pool {"size":2}']);
    await set.dispose();
  });

  it('tries an activation that failed again when the configuration changes', async () => {
    const world = new World();
    const log: string[] = [];
    await world.configurations.set('acme.pool', { size: 13 });
    const set = await world.add({ Pools: pool(log) });
    expect(world.states('pool')).to.deep.equal([{ kind: 'failed', reason: 'Error: unlucky' }]);
    await world.configurations.set('acme.pool', { size: 12 });
    expect(world.states('pool')).to.deep.equal([{ kind: 'active' }]);
    await set.dispose();
  });

  it('names itself and the properties of its schema to whoever configures it', async () => {
    const world = new World();
    const check = Object.assign((properties: JsonObject) => properties, { keys: ['size', 'wait'] });
    const set = await world.add({ Pools: pool([]) }, { checks: new Map([['acme.pool', check]]) });
    const [consumer] = world.configurations.consumers;
    expect(consumer).to.deep.include({ name: 'component pool of acme', keys: ['size', 'wait'] });
    await set.dispose();
  });

  it('takes no notice of values that stayed the same', async () => {
    const world = new World();
    const log: string[] = [];
    await world.configurations.set('acme.pool', { size: 2 });
    const set = await world.add({ Pools: pool(log) });
    await world.configurations.set('acme.pool', { size: 2 });
    await turns();
    expect(log).to.have.length(1);
    await set.dispose();
  });

  it('lets properties of the configuration win without regard to case, and reads a ranking from text', async () => {
    const world = new World();
    const properties: JsonObject = { KIND: 'big', 'service.ranking': ' 7 ' };
    await world.configurations.set('acme.pool', properties);
    const set = await world.add({ Pools: pool([]) });
    const reference = world.bundle().services.reference(Pool);
    expect(reference?.ranking).to.equal(7);
    expect(reference?.properties).to.include({ KIND: 'big' }).and.not.to.have.property('kind');
    await set.dispose();
  });
});

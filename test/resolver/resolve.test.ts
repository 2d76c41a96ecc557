import { expect } from 'chai';
import { resolve } from 'stave/resolver/resolve.js';
import type { ResolveInput, Resource, Wire } from 'stave/resolver/resource.js';
import { allWires, resource, wiring } from './support.js';

const noWires: ReadonlyMap<string, readonly Wire[]> = new Map();

function inputOf(resources: readonly Resource[], roots: readonly string[]): ResolveInput {
  return { resources, roots, wired: noWires };
}

/** The same input once its result is in force, with more resources and roots. */
function afterwards(input: ResolveInput, more: readonly Resource[], roots: readonly string[]): ResolveInput {
  return {
    resources: [...input.resources, ...more],
    roots: [...input.roots, ...roots],
    wired: allWires(input, resolve(input)),
  };
}

describe('resolver/resolve', () => {
  it('wires the highest version that fits', () => {
    const app = resource('app@1.0.0', { imports: { log: '^1' } });
    const logs = ['1.2.0', '1.10.0', '2.0.0'].map((version) => resource(`log@${version}`));
    const { wires } = resolve(inputOf([...logs, app], ['app@1.0.0']));
    expect(wiring(wires)).to.deep.equal({ 'app@1.0.0': { log: 'log@1.10.0' }, 'log@1.10.0': {} });
  });

  it('lets a prerelease count as its release where the resource says so', () => {
    const app = resource('app@1.0.0', { imports: { log: '^2' } });
    const developed = resource('log@2.1.0-dev', { prereleaseAsRelease: true });
    const input = inputOf([app, developed, resource('log@2.2.0-dev')], ['app@1.0.0']);
    expect(wiring(resolve(input).wires)['app@1.0.0']).to.deep.equal({ log: 'log@2.1.0-dev' });
  });

  it('resolves the other roots although some cannot be', () => {
    const resources = [
      resource('good@1.0.0', { imports: { log: '^1' } }),
      resource('bad@1.0.0', { imports: { log: '^1', gone: '^1' } }),
      resource('log@1.0.0'),
    ];
    const { wires, unresolved } = resolve(inputOf(resources, ['bad@1.0.0', 'good@1.0.0', 'absent']));
    expect([...wires.keys()]).to.deep.equal(['good@1.0.0', 'log@1.0.0']);
    expect([...unresolved.keys()]).to.have.members(['absent', 'bad@1.0.0']);
  });

  it('leaves out one of two roots that cannot be resolved together, the last by name', () => {
    const resources = [
      resource('log@1.0.0'),
      resource('log@2.0.0'),
      resource('svc@1.0.0', { imports: { log: '*' }, uses: ['log'] }),
      resource('a@1.0.0', { imports: { svc: '*', log: '^2' } }),
      resource('b@1.0.0', { imports: { svc: '*', log: '^1' } }),
      resource('c@1.0.0', { imports: { svc: '*' } }),
    ];
    const { wires, unresolved } = resolve(inputOf(resources, ['c@1.0.0', 'b@1.0.0', 'a@1.0.0']));
    expect([...unresolved.keys()]).to.deep.equal(['b@1.0.0']);
    expect(wires.has('a@1.0.0') && wires.has('c@1.0.0')).to.equal(true);
  });

  it('wires a circle', () => {
    const resources = [
      resource('a@1.0.0', { imports: { b: '^1' } }),
      resource('b@1.0.0', { imports: { c: '^1' } }),
      resource('c@1.0.0', { imports: { a: '^1' } }),
    ];
    const { wires } = resolve(inputOf(resources, ['b@1.0.0']));
    expect(wiring(wires)).to.deep.equal({
      'a@1.0.0': { b: 'b@1.0.0' },
      'b@1.0.0': { c: 'c@1.0.0' },
      'c@1.0.0': { a: 'a@1.0.0' },
    });
  });

  it('refuses a circle of which one member cannot be resolved', () => {
    const resources = [
      resource('a@1.0.0', { imports: { b: '^1' } }),
      resource('b@1.0.0', { imports: { a: '^1', gone: '^1' } }),
    ];
    const { wires, unresolved } = resolve(inputOf(resources, ['a@1.0.0', 'b@1.0.0']));
    expect([...wires.keys()]).to.deep.equal([]);
    expect([...unresolved.keys()]).to.deep.equal(['a@1.0.0', 'b@1.0.0']);
  });

  it('keeps a wire although a higher version comes', () => {
    const first = inputOf(
      [resource('app@1.0.0', { imports: { log: '^1' } }), resource('log@1.0.0')],
      ['app@1.0.0'],
    );
    const { wires } = resolve(afterwards(first, [resource('log@1.5.0')], ['log@1.5.0']));
    expect(wiring(wires)).to.deep.equal({ 'log@1.5.0': {} });
  });

  it('wires anew what has lost its provider, and keeps its other wires', () => {
    const resources = [
      resource('app@1.0.0', { imports: { log: '^1', clock: '^1' } }),
      resource('log@1.0.0'),
      resource('clock@1.0.0'),
    ];
    const first = inputOf(resources, ['app@1.0.0']);
    const next = afterwards(first, [resource('log@1.5.0'), resource('clock@1.5.0')], []);
    const { wires } = resolve({ ...next, resources: next.resources.filter(({ id }) => id !== 'log@1.0.0') });
    expect(wiring(wires)).to.deep.equal({
      'app@1.0.0': { log: 'log@1.5.0', clock: 'clock@1.0.0' },
      'log@1.5.0': {},
    });
  });

  it('says which resolved ones can no longer be resolved', () => {
    const first = inputOf(
      [resource('app@1.0.0', { imports: { log: '^1' } }), resource('log@1.0.0')],
      ['app@1.0.0'],
    );
    const next = afterwards(first, [], []);
    const { unresolved } = resolve({ ...next, resources: next.resources.slice(0, 1) });
    expect([...unresolved.keys()]).to.deep.equal(['app@1.0.0']);
  });

  it('gives what runs no optional wire while it runs', () => {
    const first = inputOf([resource('app@1.0.0', { imports: { log: '^1?' } })], ['app@1.0.0']);
    expect(resolve(afterwards(first, [resource('log@1.0.0')], [])).wires.size).to.equal(0);
  });

  it('takes the preferred provider before a resolved or a higher one', () => {
    const resources = ['1.0.0', '1.1.0', '1.2.0'].map((version) => resource(`log@${version}`));
    const app = resource('app@1.0.0', { imports: { log: '^1' } });
    const input = {
      resources: [...resources, app],
      roots: ['app@1.0.0'],
      wired: new Map([['log@1.1.0', []]]),
    };
    const choose = (pin: string): unknown =>
      wiring(resolve({ ...input, preferred: new Map([['app@1.0.0', new Map([['log', pin]])]]) }).wires)[
        'app@1.0.0'
      ];
    expect(choose('log@1.0.0')).to.deep.equal({ log: 'log@1.0.0' });
    expect(choose('gone')).to.deep.equal({ log: 'log@1.1.0' });
  });

  it('drops an optional requirement that cannot be met, and says why', () => {
    const resources = [
      resource('app@1.0.0', { imports: { log: '^2?', clock: '^1?', none: '*?' } }),
      resource('log@1.0.0'),
      resource('clock@1.0.0', { imports: { gone: '^1' } }),
    ];
    const { wires, dropped, unresolved } = resolve(inputOf(resources, ['app@1.0.0']));
    expect(unresolved.size).to.equal(0);
    expect(wiring(wires)).to.deep.equal({ 'app@1.0.0': {} });
    expect(dropped.map(({ requirement, reason }) => [requirement.name, reason])).to.deep.equal([
      ['log', 'log 1.0.0 is there, but ^2 is wanted'],
      ['clock', 'clock 1.0.0 is there, but cannot be resolved: clock 1.0.0 needs package gone ^1'],
      ['none', 'nothing offers none'],
    ]);
  });

  it('drops an optional requirement rather than fail for uses', () => {
    const resources = [
      resource('log@1.0.0'),
      resource('log@2.0.0'),
      resource('svc@1.0.0', { imports: { log: '^1' }, uses: ['log'] }),
      resource('app@1.0.0', { imports: { log: '^2', svc: '*?' } }),
    ];
    const { wires, dropped } = resolve(inputOf(resources, ['app@1.0.0']));
    expect(wiring(wires)['app@1.0.0']).to.deep.equal({ log: 'log@2.0.0' });
    expect(dropped.map(({ reason }) => reason)).to.deep.equal(['a wire for svc would contradict others']);
  });

  it('never fails for a requirement that counts only when active', () => {
    const app: Resource = {
      ...resource('app@1.0.0'),
      requirements: [{ namespace: 'acme.codec', optional: false, effective: 'active' }],
    };
    expect(resolve(inputOf([app], ['app@1.0.0'])).unresolved.size).to.equal(0);
  });

  it('compares a version among the attributes as a version', () => {
    const codec = (id: string, version: string): Resource => ({
      ...resource(id),
      capabilities: [{ namespace: 'acme.codec', attributes: { version } }],
    });
    const app: Resource = {
      ...resource('app@1.0.0'),
      requirements: [
        { namespace: 'acme.codec', filter: '(version>=1.9)', optional: false, effective: 'resolve' },
      ],
    };
    const { wires } = resolve(
      inputOf([codec('a@1.0.0', '1.2'), codec('b@1.0.0', '1.10'), app], ['app@1.0.0']),
    );
    expect(wiring(wires)['app@1.0.0']).to.deep.equal({ 'acme.codec': 'b@1.0.0' });
  });

  describe('when only another wire of something that runs would help', () => {
    const running = inputOf(
      [resource('log@2.0.0'), resource('svc@1.0.0', { imports: { log: '*' }, uses: ['log'] })],
      ['svc@1.0.0'],
    );
    const next = afterwards(
      running,
      [resource('log@1.0.0'), resource('app@1.0.0', { imports: { log: '^1', svc: '*' } })],
      ['app@1.0.0'],
    );

    it('does not touch what runs', () => {
      const { wires, unresolved } = resolve(next);
      expect(wires.size).to.equal(0);
      expect([...unresolved.keys()]).to.deep.equal(['app@1.0.0']);
    });

    it('wires it anew where that is allowed', () => {
      const { wires, unresolved } = resolve({ ...next, mayRewire: new Set(['svc@1.0.0']) });
      expect(unresolved.size).to.equal(0);
      expect(wiring(wires)).to.deep.equal({
        'app@1.0.0': { log: 'log@1.0.0', svc: 'svc@1.0.0' },
        'log@1.0.0': {},
        'svc@1.0.0': { log: 'log@1.0.0' },
      });
    });
  });

  it('ends, although many versions contradict each other', () => {
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const resources = names.flatMap((name, i) =>
      [1, 2, 3].map((major) =>
        resource(`${name}@${major}.0.0`, {
          imports: Object.fromEntries([['base', `^${major + (i % 2) * 3}`]]),
          uses: ['base'],
        }),
      ),
    );
    const bases = [1, 2, 3, 4, 5, 6].map((major) => resource(`base@${major}.0.0`));
    const app = resource('app@1.0.0', {
      imports: Object.fromEntries([...names, 'base'].map((name) => [name, '*'])),
    });
    const { unresolved } = resolve(inputOf([...resources, ...bases, app], ['app@1.0.0']));
    expect([...unresolved.keys()]).to.deep.equal(['app@1.0.0']);
  });

  it('resolves a chain of ten thousand', () => {
    const length = 10_000;
    const chain = Array.from({ length }, (_, i) =>
      resource(`p${i}@1.0.0`, i + 1 < length ? { imports: { [`p${i + 1}`]: '^1' } } : {}),
    );
    expect(resolve(inputOf(chain, ['p0@1.0.0'])).wires.size).to.equal(length);
    expect(resolve(inputOf(chain.slice(0, -1), ['p0@1.0.0'])).unresolved.size).to.equal(1);
  });
});

import { type Claim, type Manifest, type ResourceType, StaveError, type Unmet } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseManifest } from 'stave/manifest/parse-manifest.js';
import { bundleType } from 'stave/provisioning/bundle-type.js';
import { compareClaims } from 'stave/provisioning/owners.js';
import {
  type PlannerInput,
  type PlannerResult,
  plan,
  refuseUnmetGesture,
} from 'stave/provisioning/planner.js';
import { EMPTY_STATE, type NodeState } from 'stave/provisioning/state.js';

type Planned = Extract<PlannerResult, { kind: 'planned' }>;

/** A world of bundles: the digest is the location, so that content and place are one thing. */
function manifest(
  name: string,
  version: string,
  imports: Record<string, string> = {},
  activator = false,
): Manifest {
  const exports = { name, version, exports: './index.js' };
  const stave = { imports, ...(activator ? { activator: './start.js' } : {}) };
  return parseManifest({ ...exports, stave }, name);
}

type World = Readonly<Record<string, Manifest>>;

const WORLD: World = {
  'file:/log1': manifest('log', '1.0.0'),
  'file:/log12': manifest('log', '1.2.0'),
  'file:/log2': manifest('log', '2.0.0'),
  'file:/app': manifest('app', '1.0.0', { log: '^1.0.0' }, true),
  'file:/web': manifest('web', '1.0.0', { app: '*', log: '*' }, true),
  'file:/lonely': manifest('lonely', '1.0.0', {}, true),
};

function claimOf(key: string, owner: Claim['owner'] = 'deploy:x'): Claim {
  return { owner, type: 'bundle', key, value: {} };
}

function inputFor(
  locations: readonly string[],
  state: NodeState = EMPTY_STATE,
  world: World = WORLD,
): PlannerInput {
  const claims = locations.map((location) => claimOf(location, `deploy:${location}`)).sort(compareClaims);
  return {
    types: [bundleType],
    wishes: { claims, overrides: [] },
    state,
    gathered: {
      pins: new Map(locations.map((location) => [location, { digest: location }])),
      failures: new Map(),
      unmet: [],
    },
    manifest: (digest) => world[digest],
    system: { '@stave/api': '0.1.0' },
    repin: [],
    noRefresh: false,
    rejected: new Map(),
    aside: new Map(),
  };
}

function planned(input: PlannerInput): Planned {
  const result = plan(input);
  if (result.kind !== 'planned') throw new Error(`missing ${result.locations.join(', ')}`);
  return result;
}

function stateAfter(result: Planned, before: NodeState = EMPTY_STATE): NodeState {
  const { assembly, artifacts } = result;
  return { ...before, bundles: assembly.specs, artifacts, nextBundleId: assembly.nextId };
}

/** Wires by name, without ids. */
function wiring(result: Planned): Record<string, string> {
  const byId = new Map(result.assembly.specs.map((spec) => [spec.id, spec]));
  return Object.fromEntries(
    result.assembly.specs.flatMap((spec) =>
      spec.wires.map((wire) => [
        `${spec.name}@${spec.version} ${wire.package}`,
        `${byId.get(wire.provider)?.version}`,
      ]),
    ),
  );
}

describe('provisioning/plan', () => {
  it('wires a new importer to the highest version in its range', () => {
    const result = planned(inputFor(['file:/log1', 'file:/log12', 'file:/log2', 'file:/app']));
    expect(wiring(result)).to.deep.equal({ 'app@1.0.0 log': '1.2.0' });
  });

  it('keeps the wire of a running importer although a higher version comes', () => {
    const first = planned(inputFor(['file:/log1', 'file:/app']));
    const second = planned(inputFor(['file:/log1', 'file:/log12', 'file:/app'], stateAfter(first)));
    expect(wiring(second)).to.deep.equal({ 'app@1.0.0 log': '1.0.0' });
    expect([...second.assembly.rewired]).to.deep.equal([]);
  });

  it('gives the very same specifications for what stays as it is', () => {
    const first = planned(inputFor(['file:/log1', 'file:/app']));
    const second = planned(inputFor(['file:/log1', 'file:/app', 'file:/lonely'], stateAfter(first)));
    const ofFirst = new Set(first.assembly.specs);
    expect(second.assembly.specs.filter((spec) => !ofFirst.has(spec)).map(({ name }) => name)).to.deep.equal([
      'lonely',
    ]);
  });

  it('asks for what nobody has looked at yet', () => {
    const input = {
      ...inputFor(['file:/log1']),
      gathered: { pins: new Map(), failures: new Map(), unmet: [] },
    };
    expect(plan(input)).to.deep.equal({ kind: 'missing', locations: ['file:/log1'] });
  });

  it('leaves a bundle of a standing owner INSTALLED and says the whole chain to what is missing', () => {
    const world: World = { ...WORLD, 'file:/shop': manifest('shop', '1.0.0', { app: '*' }) };
    const result = planned(inputFor(['file:/shop', 'file:/app'], EMPTY_STATE, world));
    const shop = result.assembly.specs.find((spec) => spec.name === 'shop');
    expect(shop).to.include({ resolved: false });
    expect(shop?.waits)
      .to.include('shop 1.0.0 needs')
      .and.to.include('app 1.0.0')
      .and.to.include('nothing offers log');
    expect(result.unmet.map((unmet) => unmet.code)).to.deep.equal([
      'STAVE_RESOLVE_FAILED',
      'STAVE_RESOLVE_FAILED',
    ]);
  });

  it('brings such a bundle back when what it lacked comes', () => {
    const waiting = planned(inputFor(['file:/app']));
    const result = planned(inputFor(['file:/app', 'file:/log1'], stateAfter(waiting)));
    expect(result.unmet).to.deep.equal([]);
    expect(wiring(result)).to.deep.equal({ 'app@1.0.0 log': '1.0.0' });
  });

  it('keeps the last good revision while the new one cannot be resolved, and says so until it can', () => {
    const world: World = { ...WORLD, 'bad app': manifest('app', '1.1.0', { nowhere: '*' }, true) };
    const good = planned(inputFor(['file:/app', 'file:/log1'], EMPTY_STATE, world));
    const input = inputFor(['file:/app', 'file:/log1'], stateAfter(good), world);
    const result = planned({
      ...input,
      gathered: { ...input.gathered, pins: new Map([['file:/app', { digest: 'bad app' }]]) },
    });
    expect(result.assembly.specs.find((spec) => spec.name === 'app')).to.include({
      version: '1.0.0',
      resolved: true,
    });
    expect(result.unmet.map((unmet) => unmet.claim.key)).to.deep.equal(['file:/app']);
    expect(result.artifacts['file:/app']).to.include({ digest: 'file:/app' });

    const later = { ...inputFor(['file:/app', 'file:/log1', 'file:/lonely'], stateAfter(result), world) };
    const pins = new Map([['file:/lonely', { digest: 'file:/lonely' }]]);
    const unrelated = planned({ ...later, gathered: { ...later.gathered, pins } });
    expect(unrelated.unmet).to.deep.equal(result.unmet);

    const complete: World = { ...world, 'file:/nowhere': manifest('nowhere', '1.0.0') };
    const locations = ['file:/app', 'file:/log1', 'file:/nowhere'];
    const rescue = inputFor(locations, stateAfter(unrelated), complete);
    const brought = new Map([['file:/nowhere', { digest: 'file:/nowhere' }]]);
    const mended = planned({ ...rescue, gathered: { ...rescue.gathered, pins: brought } });
    expect(mended.unmet).to.deep.equal([]);
    expect(mended.assembly.specs.find((spec) => spec.name === 'app')).to.include({ version: '1.1.0' });
    expect(mended.artifacts['file:/app']).to.deep.equal({ digest: 'bad app' });
  });

  it('rewires the importers of what is updated, and theirs, with the reason', () => {
    const world: World = { ...WORLD, 'log again': manifest('log', '1.0.1') };
    const all = ['file:/app', 'file:/log1', 'file:/web', 'file:/lonely'];
    const before = planned(inputFor(all, EMPTY_STATE, world));
    const input = inputFor(all, stateAfter(before), world);
    const result = planned({
      ...input,
      gathered: { ...input.gathered, pins: new Map([['file:/log1', { digest: 'log again' }]]) },
    });
    const names = [...result.assembly.rewired.keys()].map(
      (id) => result.assembly.specs.find((spec) => spec.id === id)?.name,
    );
    expect(names.sort()).to.deep.equal(['app', 'web']);
    expect([...result.assembly.rewired.values()][0]).to.equal('imports log from log, which is updated');
  });

  it('leaves importers on the old revision with noRefresh', () => {
    const world: World = { ...WORLD, 'log again': manifest('log', '1.0.1') };
    const before = planned(inputFor(['file:/app', 'file:/log1'], EMPTY_STATE, world));
    const input = inputFor(['file:/app', 'file:/log1'], stateAfter(before), world);
    const pins = new Map([['file:/log1', { digest: 'log again' }]]);
    const result = planned({ ...input, noRefresh: true, gathered: { ...input.gathered, pins } });
    expect([...result.assembly.rewired]).to.deep.equal([]);
  });

  /** The importer app, left on log 1.0.0 when that became log 2.0.0. */
  function leftBehind(): { world: World; state: NodeState } {
    const world: World = {
      ...WORLD,
      'new log': manifest('log', '2.0.0'),
      'newer log': manifest('log', '1.5.0'),
    };
    const before = planned(inputFor(['file:/app', 'file:/log1'], EMPTY_STATE, world));
    const input = inputFor(['file:/app', 'file:/log1'], stateAfter(before), world);
    const pins = new Map([['file:/log1', { digest: 'new log' }]]);
    const result = planned({ ...input, noRefresh: true, gathered: { ...input.gathered, pins } });
    expect(result.unmet).to.deep.equal([]);
    return { world, state: stateAfter(result) };
  }

  /** Plans with these pins gathered anew, the rest as it is in the state. */
  function next(
    { world, state }: ReturnType<typeof leftBehind>,
    pins: Readonly<Record<string, string>>,
    change: Partial<PlannerInput> = {},
  ): Planned {
    const input = inputFor(['file:/app', 'file:/log1', ...Object.keys(pins)], state, world);
    const fresh = new Map(Object.entries(pins).map(([location, digest]) => [location, { digest }]));
    return planned({ ...input, gathered: { ...input.gathered, pins: fresh }, ...change });
  }

  it('keeps such an importer there, out of its range as it may be, and says so, until it is refreshed', () => {
    const world = leftBehind();
    const unrelated = next(world, { 'file:/lonely': 'file:/lonely' });
    expect([...unrelated.assembly.rewired]).to.deep.equal([]);
    const app = unrelated.assembly.specs.find((spec) => spec.name === 'app');
    expect(app).to.include({ resolved: true, start: true });
    expect(app?.waits).to.equal('still uses the former log 1.0.0 until bundle:refresh');
    const refreshed = next(world, {}, { repin: ['wire:app'] });
    expect(refreshed.assembly.specs.find((spec) => spec.name === 'app')?.resolved).to.equal(false);
  });

  it('wires such an importer anew when what it imports is updated once more', () => {
    const result = next(leftBehind(), { 'file:/log1': 'newer log' });
    expect(wiring(result)).to.deep.equal({ 'app@1.0.0 log': '1.5.0' });
    expect(result.assembly.rewired.size).to.equal(1);
  });

  it('starts of a singleton only the highest version', () => {
    const world: World = { a1: manifest('a', '1.0.0', {}, true), a2: manifest('a', '2.0.0', {}, true) };
    const result = planned(inputFor(['a1', 'a2'], EMPTY_STATE, world));
    const [first, second] = result.assembly.specs;
    expect(first).to.include({ version: '1.0.0', start: false });
    expect(first?.waits).to.include('2.0.0');
    expect(second).to.include({ version: '2.0.0', start: true });
  });

  it('sets the second of two bundles with one name and version and other content aside', () => {
    const world: World = { ...WORLD, 'file:/other': manifest('app', '1.0.0') };
    const result = planned(inputFor(['file:/app', 'file:/other', 'file:/log1'], EMPTY_STATE, world));
    expect(result.unmet.map(({ code, claim }) => [code, claim.key])).to.deep.equal([
      ['STAVE_BUNDLE_DUPLICATE', 'file:/other'],
    ]);
  });

  it('takes the same bytes at two locations for one bundle; the owner that comes first decides on its level', () => {
    const world: World = { same: manifest('app', '1.0.0') };
    const claims: Claim[] = [
      { owner: 'console', type: 'bundle', key: 'file:/z', value: { startLevel: 30 } },
      { owner: 'boot', type: 'bundle', key: 'file:/a', value: { startLevel: 40 } },
    ];
    const pins = new Map(['file:/z', 'file:/a'].map((location) => [location, { digest: 'same' }]));
    const input = inputFor([], EMPTY_STATE, world);
    const result = planned({
      ...input,
      wishes: { claims, overrides: [] },
      gathered: { ...input.gathered, pins },
    });
    expect(result.assembly.specs.map(({ name, startLevel }) => [name, startLevel])).to.deep.equal([
      ['app', 30],
    ]);
  });

  it('lets a new location of a bundle take over the id of the one that goes', () => {
    const world: World = { ...WORLD, 'file:/newer': manifest('lonely', '1.1.0', {}, true) };
    const before = planned(inputFor(['file:/lonely', 'file:/log1'], EMPTY_STATE, world));
    const result = planned(inputFor(['file:/newer', 'file:/log1'], stateAfter(before), world));
    const id = (list: Planned): number | undefined =>
      list.assembly.specs.find((spec) => spec.name === 'lonely')?.id;
    expect(id(result)).to.equal(id(before));
  });

  it('law: any order of the same claims gives one result', () => {
    const locations = Object.keys(WORLD);
    fc.assert(
      fc.property(fc.shuffledSubarray(locations), (chosen) => {
        const shuffled = planned(inputFor(chosen));
        const sorted = planned(inputFor([...chosen].sort()));
        expect(wiring(shuffled)).to.deep.equal(wiring(sorted));
        expect(shuffled.unmet).to.deep.equal(sorted.unmet);
      }),
    );
  });

  it('law: with pins dropped, any history gives one result', () => {
    const locations = Object.keys(WORLD);
    const histories = fc.array(fc.subarray(locations), { maxLength: 4 });
    fc.assert(
      fc.property(histories, fc.subarray(locations), (history, last) => {
        let state = EMPTY_STATE;
        for (const step of history) state = stateAfter(planned(inputFor(step, state)), state);
        const after = planned({ ...inputFor(last, state), repin: true });
        expect(wiring(after)).to.deep.equal(wiring(planned(inputFor(last))));
      }),
    );
  });

  it('law: with pins, an unrelated claim moves nothing', () => {
    const related = Object.keys(WORLD).filter((location) => location !== 'file:/lonely');
    fc.assert(
      fc.property(fc.array(fc.subarray(related), { minLength: 1, maxLength: 4 }), (history) => {
        let state = EMPTY_STATE;
        for (const step of history) state = stateAfter(planned(inputFor(step, state)), state);
        const present = history.at(-1) ?? [];
        const after = planned(inputFor([...present, 'file:/lonely'], state));
        expect([...after.assembly.rewired]).to.deep.equal([]);
        for (const spec of state.bundles) expect(after.assembly.specs).to.deep.include(spec);
      }),
    );
  });
});

describe('provisioning/refuseUnmetGesture', () => {
  const own: Unmet = {
    claim: claimOf('file:/a', 'console'),
    code: 'STAVE_RESOLVE_FAILED',
    reason: 'a waits',
  };
  const others: Unmet = {
    claim: claimOf('file:/b', 'boot'),
    code: 'STAVE_RESOLVE_FAILED',
    reason: 'b waits',
  };

  it('names what could not be had, not that others of the same claim miss it', () => {
    const claim: Claim = { owner: 'console', type: 'pair', key: 'app', value: {} };
    const pair: ResourceType = {
      name: 'pair',
      check: () => undefined,
      gather: () => Promise.resolve([]),
      expand: ({ claims }) => {
        const wants = claims.flatMap((claim) =>
          ['file:/app', 'file:/log1'].map((location) => ({
            kind: 'bundle' as const,
            location,
            by: 'pair',
            claims: [claim],
          })),
        );
        return { wants, unmet: [], pins: {}, observed: {} };
      },
    };
    const input = inputFor(['file:/app']);
    const { unmet } = planned({
      ...input,
      types: [pair],
      wishes: { claims: [claim], overrides: [] },
      gathered: {
        ...input.gathered,
        failures: new Map([['file:/log1', new StaveError('STAVE_NPM_OFFLINE', 'no network')]]),
      },
    });
    expect(unmet.map(({ code }) => code)).to.deep.equal(['STAVE_NPM_OFFLINE']);
  });

  it('refuses a gesture that cannot be met', () => {
    expect(() => refuseUnmetGesture([], [own], [own.claim], false))
      .to.throw('a waits')
      .with.property('code', 'STAVE_RESOLVE_FAILED');
  });

  it('refuses a gesture that would set others aside, unless it is forced', () => {
    expect(() => refuseUnmetGesture([], [others], [], false))
      .to.throw()
      .with.property('code', 'STAVE_CLAIM_NEEDED');
    expect(() => refuseUnmetGesture([], [others], [], true)).not.to.throw();
  });

  it('lets a gesture pass that has nothing to do with what was aside before', () => {
    expect(() => refuseUnmetGesture([others], [others], [own.claim], false)).not.to.throw();
  });
});

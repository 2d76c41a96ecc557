import type { BundleWant } from '@stave/api';
import { expect } from 'chai';
import { FeatureWorld, featureClaim, type Planned, repositoryClaim } from './feature-world.js';

const URL = 'file:///acme/features.json';

function locations({ features }: Planned): string[] {
  return features.wants.flatMap((want) => (want.kind === 'bundle' ? [want.location] : []));
}

function bundle(planned: Planned, location: string): BundleWant | undefined {
  return planned.features.wants.find(
    (want): want is BundleWant => want.kind === 'bundle' && want.location === location,
  );
}

function world(...features: object[]): FeatureWorld {
  const made = new FeatureWorld();
  made.artifacts.describe(URL, { name: 'acme', features });
  return made;
}

describe('features/expansion', () => {
  it('makes locations absolute by the descriptor, and says who wants each bundle', async () => {
    const planned = await world({
      name: 'greeter',
      version: '1.0.0',
      bundles: ['./greeter', { location: 'npm:@acme/log@^1', integrity: 'sha512-x', dependency: true }],
    }).plan([repositoryClaim(URL), featureClaim('greeter')]);
    const common = {
      kind: 'bundle',
      start: true,
      by: 'feature greeter/1.0.0',
      claims: [{ owner: 'console', type: 'feature', key: 'greeter' }],
    };
    expect(planned.features.wants).to.deep.equal([
      { ...common, location: 'file:///acme/greeter' },
      { ...common, location: 'npm:@acme/log@^1', integrity: 'sha512-x', dependency: true },
    ]);
    expect(planned.features.pins).to.deep.equal({ 'feature:greeter': '1.0.0' });
  });

  it('names all claims that lead to a bundle', async () => {
    const planned = await world({ name: 'app', features: ['log'] }, { name: 'log', bundles: ['b:log'] }).plan(
      [repositoryClaim(URL), featureClaim('app'), featureClaim('log', 'boot')],
    );
    expect(bundle(planned, 'b:log')?.claims.map(({ owner, key }) => `${owner} ${key}`)).to.deep.equal([
      'console app',
      'boot log',
    ]);
    expect(planned.features.observed['log/0.0.0']).to.deep.equal({
      repository: URL,
      required: true,
      start: true,
      owners: ['boot', 'console'],
    });
    expect(planned.features.observed['app/0.0.0']).to.include({ required: true });
  });

  it('puts what is needed before what needs it', async () => {
    const planned = await world(
      { name: 'a', features: ['b'], bundles: ['b:a'] },
      { name: 'b', features: ['c'], bundles: ['b:b1', 'b:b2'] },
      { name: 'c', bundles: ['b:c'] },
    ).plan([repositoryClaim(URL), featureClaim('a')]);
    expect(locations(planned)).to.deep.equal(['b:c', 'b:b1', 'b:b2', 'b:a']);
  });

  it('starts nothing of a feature that is only to be installed, unless another claim starts it', async () => {
    const given = world(
      { name: 'app', features: ['log'], bundles: ['b:app', { location: 'b:idle', start: false }] },
      { name: 'log', bundles: ['b:log'] },
    );
    const idle = [repositoryClaim(URL), featureClaim('app', 'console', { start: false })];
    const first = await given.plan(idle);
    expect(['b:app', 'b:idle', 'b:log'].map((name) => bundle(first, name)?.start)).to.deep.equal([
      false,
      false,
      false,
    ]);
    const second = await given.plan([...idle, featureClaim('log', 'boot')]);
    expect(['b:app', 'b:idle', 'b:log'].map((name) => bundle(second, name)?.start)).to.deep.equal([
      false,
      false,
      true,
    ]);
  });

  it('starts a conditional when its feature and its conditions are started', async () => {
    const given = world(
      { name: 'app', conditionals: [{ condition: ['shell'], bundles: ['b:commands'] }] },
      { name: 'shell' },
    );
    const claims = [repositoryClaim(URL), featureClaim('app')];
    const idle = await given.plan([...claims, featureClaim('shell', 'console', { start: false })]);
    expect(bundle(idle, 'b:commands')).to.include({ start: false, by: 'feature app/0.0.0 with shell/0.0.0' });
    const started = await given.plan([...claims, featureClaim('shell')]);
    expect(bundle(started, 'b:commands')?.start).to.equal(true);
  });

  it('lets a conditional bring features that meet further conditions', async () => {
    const planned = await world(
      {
        name: 'app',
        conditionals: [
          { condition: ['extra/^2'], bundles: ['b:both'] },
          { condition: ['shell'], features: ['extra'] },
        ],
      },
      { name: 'shell' },
      { name: 'extra', version: '2.1.0', bundles: ['b:extra'] },
    ).plan([repositoryClaim(URL), featureClaim('app'), featureClaim('shell')]);
    expect(locations(planned)).to.have.members(['b:both', 'b:extra']);
  });

  it('keeps a pinned version although a newer one is offered, until the pin goes', async () => {
    const given = world({ name: 'log', version: '1.0.0', bundles: ['b:log1'] });
    const claims = [repositoryClaim(URL), featureClaim('log')];
    await given.plan(claims);
    given.artifacts.describe(URL, {
      name: 'acme',
      features: ['1.0.0', '1.1.0'].map((version) => ({ name: 'log', version, bundles: [`b:log${version}`] })),
    });
    expect(locations(await given.plan(claims, [URL]))).to.deep.equal(['b:log1.0.0']);
    given.pins = {};
    expect(locations(await given.plan(claims))).to.deep.equal(['b:log1.1.0']);
  });

  it('takes one version that serves all, as new as it can be', async () => {
    const planned = await world(
      ...['1.0.0', '1.2.0', '2.0.0'].map((version) => ({ name: 'log', version, bundles: [`b:${version}`] })),
    ).plan([repositoryClaim(URL), featureClaim('log'), featureClaim('log/<2', 'boot')]);
    expect(locations(planned)).to.deep.equal(['b:1.2.0']);
  });

  it('comes to an end when two choices chase each other', async () => {
    // log 2 asks for an old log, which asks for nothing, so that log 2 is the newest again.
    const planned = await world(
      { name: 'log', version: '1.0.0', bundles: ['b:1'] },
      { name: 'log', version: '2.0.0', features: ['log/<2'], bundles: ['b:2'] },
    ).plan([repositoryClaim(URL), featureClaim('log')]);
    expect(planned.unmet).to.deep.equal([]);
    expect(locations(planned)).to.include('b:1');
  });

  it('tells the whole chain to what is missing, and the nearest name', async () => {
    const planned = await world(
      { name: 'app', version: '2.0.0', features: ['web'] },
      { name: 'web', version: '1.0.0', features: ['grteer'] },
      { name: 'greeter' },
    ).plan([repositoryClaim(URL), featureClaim('app')]);
    expect(planned.unmet).to.deep.equal([
      {
        claim: { owner: 'console', type: 'feature', key: 'app' },
        code: 'STAVE_FEATURE_UNKNOWN',
        reason:
          'feature grteer is in no known repository, needed by web/1.0.0, needed by app/2.0.0; did you mean greeter?',
      },
    ]);
  });

  it('sets aside only the claim that cannot be met, as if it had never been there', async () => {
    const planned = await world(
      { name: 'bad', features: ['log/<2', 'nope'], bundles: ['b:bad'] },
      { name: 'log', version: '1.0.0', bundles: ['b:1'] },
      { name: 'log', version: '2.0.0', bundles: ['b:2'] },
    ).plan([repositoryClaim(URL), featureClaim('bad', 'boot'), featureClaim('log')]);
    expect(planned.unmet.map(({ claim }) => claim.key)).to.deep.equal(['bad']);
    expect(locations(planned)).to.deep.equal(['b:2']);
    expect(Object.keys(planned.features.observed)).to.deep.equal(['log/2.0.0']);
  });

  it('meets a claim with the version that another leaves it, when the newest would not do', async () => {
    // "log" and "log/^2" share 2.0.0, which cannot be had; "log" alone can do with what "log/^1" gets.
    const given = world(
      { name: 'log', version: '1.0.0', bundles: ['b:1'] },
      { name: 'log', version: '2.0.0', features: ['nope'], bundles: ['b:2'] },
    );
    const claims = ['log', 'log/^1', 'log/^2'].map((key) => featureClaim(key));
    for (const again of [1, 2]) {
      const planned = await given.plan([repositoryClaim(URL), ...claims]);
      expect(
        planned.unmet.map(({ claim }) => claim.key),
        String(again),
      ).to.deep.equal(['log/^2']);
      expect(locations(planned)).to.deep.equal(['b:1']);
    }
  });

  it('follows a chain of many thousand features', async () => {
    const count = 12_000;
    const planned = await world(
      ...Array.from({ length: count }, (_, n) => ({
        name: `f${n}`,
        features: n + 1 < count ? [`f${n + 1}`] : [],
        bundles: [`b:${n}`],
      })),
    ).plan([repositoryClaim(URL), featureClaim('f0')]);
    expect(locations(planned)).to.have.length(count);
  });

  it('sees only the repositories that are claimed', async () => {
    const given = world({ name: 'log', bundles: ['b:log'] });
    const other = 'file:///other.json';
    given.artifacts.describe(other, { name: 'other', features: [{ name: 'log', version: '9.0.0' }] });
    await given.plan([repositoryClaim(URL), repositoryClaim(other)]);
    const planned = await given.plan([repositoryClaim(URL), featureClaim('log')]);
    expect(Object.keys(planned.features.observed)).to.deep.equal(['log/0.0.0']);
  });

  it('wants configurations as files, and brings the content of configuration files', async () => {
    const given = world({
      name: 'greeter',
      configs: [{ pid: 'acme.greeter', properties: { greeting: 'hello', times: 3 } }],
      configFiles: [{ location: './greeter.txt', finalName: './etc//greeter.txt' }],
    });
    given.artifacts.files.set('file:///acme/greeter.txt', 'hello');
    const { features } = await given.plan([repositoryClaim(URL), featureClaim('greeter')]);
    const common = {
      by: 'feature greeter/0.0.0',
      claims: [{ owner: 'console', type: 'feature', key: 'greeter' }],
    };
    expect(features.wants).to.deep.equal([
      {
        kind: 'configuration',
        pid: 'acme.greeter',
        properties: { greeting: 'hello', times: 3 },
        persist: 'file',
        ...common,
      },
      { kind: 'file', path: 'etc/greeter.txt', content: new TextEncoder().encode('hello'), ...common },
    ]);
  });

  it('sets aside a claim whose configuration file cannot be had, and has it when it is there', async () => {
    const given = world(
      { name: 'greeter', configFiles: [{ location: './greeter.txt', finalName: 'etc/greeter.txt' }] },
      { name: 'log', bundles: ['b:log'] },
    );
    const claims = [repositoryClaim(URL), featureClaim('greeter', 'boot'), featureClaim('log')];
    const without = await given.plan(claims);
    expect(without.unmet.map(({ code, claim }) => `${code} ${claim.key}`)).to.deep.equal([
      'STAVE_LOCATION_NOT_FOUND greeter',
    ]);
    expect(locations(without)).to.deep.equal(['b:log']);
    given.artifacts.files.set('file:///acme/greeter.txt', 'hello');
    expect((await given.plan(claims)).unmet).to.deep.equal([]);
  });

  for (const finalName of [
    '../x',
    'etc/../../x',
    '/etc/passwd',
    'C:/x',
    'etc\\x',
    'etc/',
    '.',
    'a/../../b',
  ]) {
    it(`refuses ${finalName} as the place of a configuration file`, async () => {
      const given = world(
        { name: 'bad', configFiles: [{ location: './x.txt', finalName }] },
        { name: 'good' },
      );
      given.artifacts.files.set('file:///acme/x.txt', 'x');
      const planned = await given.plan([
        repositoryClaim(URL),
        featureClaim('bad', 'boot'),
        featureClaim('good'),
      ]);
      expect(planned.unmet.map(({ code, claim }) => `${code} ${claim.key}`)).to.deep.equal([
        'STAVE_PATH_ESCAPE bad',
      ]);
    });
  }

  it('checks the form of a claim', () => {
    const { feature, repository } = new FeatureWorld().types;
    expect(() => feature.check(featureClaim('a b')))
      .to.throw()
      .with.property('code', 'STAVE_CLAIM_INVALID');
    expect(() => feature.check(featureClaim('a/^a.b')))
      .to.throw()
      .with.property('code', 'STAVE_VERSION_INVALID');
    expect(() => feature.check(featureClaim('a', 'console', { start: 'yes' })))
      .to.throw()
      .with.property('code', 'STAVE_CLAIM_INVALID');
    expect(() => feature.check(featureClaim('@acme/a/>=1.0.0 <2.0.0'))).not.to.throw();
    expect(() => repository.check(repositoryClaim('./a.json')))
      .to.throw()
      .with.property('code', 'STAVE_LOCATION_RELATIVE');
  });
});

import type { Claim } from '@stave/api';
import { expect } from 'chai';
import { FeatureDirectory } from 'stave/features/feature-directory.js';
import { FeatureWorld, featureClaim, repositoryClaim } from './feature-world.js';

const URL = 'https://example.org/acme.json';
const DESCRIPTOR = {
  name: 'acme',
  features: [
    { name: 'log', version: '1.0.0' },
    {
      name: 'app',
      version: '1.0.0',
      description: 'The application',
      startLevel: 60,
      features: ['log/^1'],
      bundles: ['./app', { location: 'npm:extra', startLevel: 30, start: false }],
      configs: [{ pid: 'acme.app', properties: {} }],
      configFiles: [],
      conditionals: [{ condition: ['shell', 'log/^1'], bundles: ['./commands'] }],
    },
    { name: 'app', version: '1.10.0', hidden: true },
  ],
};

function directoryOf(world: FeatureWorld): FeatureDirectory {
  return new FeatureDirectory({
    catalog: world.catalog,
    artifacts: world.artifacts,
    claims: { list: () => world.claims },
    observed: (type) => world.observed[type],
  });
}

async function planned(...claims: Claim[]): Promise<FeatureWorld> {
  const world = new FeatureWorld();
  world.artifacts.describe(URL, DESCRIPTOR);
  await world.plan([repositoryClaim(URL), ...claims]);
  return world;
}

describe('features/feature-directory', () => {
  it('lists features by name, newest first, with what became of them', async () => {
    const world = await planned(
      featureClaim('app/1.0.0'),
      featureClaim('app/^2', 'boot'),
      featureClaim('nope', 'boot'),
    );
    const list = await directoryOf(world).list();
    expect(
      list.map(({ name, version, state, required, owners }) => [name, version, state, required, ...owners]),
    ).to.deep.equal([
      ['app', '1.10.0', 'uninstalled', false],
      ['app', '1.0.0', 'started', true, 'console'],
      ['app', '^2', 'set aside', true, 'boot'],
      ['log', '1.0.0', 'started', false, 'console'],
      ['nope', '', 'set aside', true, 'boot'],
    ]);
    expect(list[1]).to.include({ description: 'The application', hidden: false, repository: URL });
    expect(list[2]?.problem).to.match(/^STAVE_FEATURE_UNKNOWN: feature app is not known in version \^2/);
  });

  it('shows a feature that is not to be started as installed', async () => {
    const world = await planned(featureClaim('log', 'console', { start: false }));
    expect((await directoryOf(world).list()).find(({ name }) => name === 'log')?.state).to.equal('installed');
  });

  it('tells everything about a feature', async () => {
    const [details, ...others] = await directoryOf(await planned()).info('app', '1.0.0');
    expect(others).to.deep.equal([]);
    expect(details).to.deep.include({
      features: [{ name: 'log', range: '^1' }],
      bundles: [
        { location: 'https://example.org/app', startLevel: 60, start: true },
        { location: 'npm:extra', startLevel: 30, start: false },
      ],
      configurations: ['acme.app'],
      files: [],
      conditionals: [{ condition: ['shell', 'log/^1'], bundles: ['https://example.org/commands'] }],
    });
    expect((await directoryOf(await planned()).info('app')).map(({ version }) => version)).to.deep.equal([
      '1.10.0',
      '1.0.0',
    ]);
  });

  it('reads no descriptor before somebody asks, and then the one in force', async () => {
    const world = await planned(featureClaim('app'));
    world.artifacts.describe(URL, { name: 'acme', features: [{ name: 'newer' }] });
    world.restart();
    world.artifacts.reads.length = 0;
    const directory = directoryOf(world);
    expect(world.artifacts.reads).to.deep.equal([]);
    expect((await directory.list()).map(({ name }) => name)).to.deep.equal(['app', 'app', 'log']);
  });

  it('still lists what is installed when no repository offers it any more', async () => {
    const world = await planned(featureClaim('log'));
    world.claims = world.claims.filter(({ type }) => type === 'feature');
    const [log] = await directoryOf(world).list();
    expect(log).to.include({
      name: 'log',
      version: '1.0.0',
      state: 'started',
      repository: URL,
      problem: 'no known repository offers it any more',
    });
  });

  it('lists repositories with their owners and problems', async () => {
    const other = 'file:///other.json';
    const world = new FeatureWorld();
    world.artifacts.describe(URL, DESCRIPTOR);
    world.artifacts.describe(other, {
      name: 'other',
      repositories: ['missing.json'],
      features: [{ name: 'log', version: '1.0.0' }],
    });
    await world.plan([repositoryClaim(URL), repositoryClaim(other), repositoryClaim(other, 'console')]);
    const list = await directoryOf(world).repositories();
    expect(list.map(({ name, url, features, owners }) => [name, url, features, ...owners])).to.deep.equal([
      ['', 'file:///missing.json', 0],
      ['acme', URL, 3, 'boot'],
      ['other', other, 1, 'boot', 'console'],
    ]);
    expect(list.map(({ problem }) => problem)).to.deep.equal([
      'STAVE_LOCATION_NOT_FOUND: file:///missing.json: there is no such file',
      undefined,
      `log/1.0.0 is taken from ${URL}`,
    ]);
  });
});

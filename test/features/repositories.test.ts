import { expect } from 'chai';
import { FeatureWorld, featureClaim, type Planned, repositoryClaim } from './feature-world.js';

const A = 'https://example.org/a.json';
const B = 'https://example.org/b.json';
const LOCAL = 'file:///local.json';

function versions({ features }: Planned): string[] {
  return Object.keys(features.observed).sort();
}

describe('features/repositories', () => {
  it('follows repositories to further ones, in circles too, reading each once', async () => {
    const world = new FeatureWorld();
    world.artifacts.describe(A, {
      name: 'a',
      repositories: ['./b.json'],
      features: [{ name: 'x', features: ['y'] }],
    });
    world.artifacts.describe(B, { name: 'b', repositories: ['a.json'], features: [{ name: 'y' }] });
    const planned = await world.plan([repositoryClaim(A), featureClaim('x')]);
    expect(versions(planned)).to.deep.equal(['x/0.0.0', 'y/0.0.0']);
    expect(planned.unmet).to.deep.equal([]);
    await world.plan([repositoryClaim(A), featureClaim('y')]);
    expect(world.artifacts.reads).to.have.members([A, B]);
  });

  it('does not let one that is missing hold up the others', async () => {
    const world = new FeatureWorld();
    world.artifacts.describe(B, { name: 'b', features: [{ name: 'y' }] });
    const claims = [repositoryClaim(A), repositoryClaim(B), featureClaim('x', 'boot'), featureClaim('y')];
    const planned = await world.plan(claims);
    expect(versions(planned)).to.deep.equal(['y/0.0.0']);
    expect(planned.unmet.map(({ claim, code }) => `${claim.key} ${code}`)).to.include.members([
      `${A} STAVE_LOCATION_NOT_FOUND`,
      'x STAVE_FEATURE_UNKNOWN',
    ]);
  });

  it('says of an unknown feature that a repository could not be read', async () => {
    const world = new FeatureWorld();
    world.artifacts.describe(LOCAL, { name: 'local', repositories: [A] });
    const planned = await world.plan([repositoryClaim(LOCAL), featureClaim('x')]);
    expect(planned.unmet).to.have.length(1);
    expect(planned.unmet[0]?.reason).to.include(
      `a repository could not be read: ${A}: there is no such file`,
    );
    expect(planned.repositories.notes?.join()).to.include(
      `repository ${A} is left out: STAVE_LOCATION_NOT_FOUND`,
    );
  });

  it('keeps the last good descriptor when a new reading of it fails, and says so', async () => {
    const world = new FeatureWorld();
    const claims = [repositoryClaim(LOCAL), featureClaim('x')];
    world.artifacts.describe(LOCAL, { name: 'local', features: [{ name: 'x', version: '1.0.0' }] });
    await world.plan(claims);
    world.artifacts.files.set(LOCAL, '{ "name": ');
    for (const again of ['at once', 'after a restart']) {
      const planned = await world.plan(claims, [LOCAL]);
      expect(planned.unmet, again).to.deep.equal([]);
      expect(versions(planned), again).to.deep.equal(['x/1.0.0']);
      expect(planned.repositories.notes?.join(), again).to.include(
        `repository ${LOCAL}: the last good descriptor stays in force: STAVE_DESCRIPTOR_INVALID: ${LOCAL}: line 1`,
      );
      world.restart();
    }
    world.artifacts.describe(LOCAL, { name: 'local', features: [{ name: 'x', version: '1.0.1' }] });
    expect(versions(await world.plan([...claims, featureClaim('x/1.0.1')]))).to.include('x/1.0.1');
  });

  it('moves to a new remote descriptor only when it is told to, also across a restart', async () => {
    const world = new FeatureWorld();
    world.artifacts.describe(A, { name: 'a', features: [{ name: 'x', bundles: ['npm:old'] }] });
    const claims = [repositoryClaim(A), featureClaim('x')];
    await world.plan(claims);
    world.artifacts.describe(A, { name: 'a', features: [{ name: 'x', bundles: ['npm:new'] }] });
    world.restart();
    const locationsOf = ({ features }: Planned) =>
      features.wants.map((want) => want.kind === 'bundle' && want.location);
    expect(locationsOf(await world.plan(claims))).to.deep.equal(['npm:old']);
    expect(locationsOf(await world.plan(claims, [A]))).to.deep.equal(['npm:new']);
  });

  it('aborts on request, and works after that', async () => {
    const world = new FeatureWorld();
    world.artifacts.describe(A, { name: 'a' });
    const context = {
      claims: [repositoryClaim(A)],
      claimsOf: () => [],
      pins: {},
      update: new Set<string>(),
      signal: AbortSignal.abort(new Error('enough')),
    };
    const refused = await world.types.repository.gather(context).catch((error: Error) => error.message);
    expect(refused).to.equal('enough');
    expect((await world.plan([repositoryClaim(A)])).unmet).to.deep.equal([]);
  });

  it('lets the first by name, then by URL, win where a feature is in two repositories', async () => {
    const world = new FeatureWorld();
    const x = (bundle: string) => [{ name: 'x', version: '1.0.0', bundles: [bundle] }];
    world.artifacts.describe(A, { name: 'same', features: x('npm:a') });
    world.artifacts.describe(B, { name: 'same', features: x('npm:b') });
    world.artifacts.describe(LOCAL, { name: 'other', features: x('npm:local') });
    const claims = [repositoryClaim(B), repositoryClaim(A), featureClaim('x')];
    const first = await world.plan(claims);
    expect(first.features.wants).to.have.length(1);
    expect(first.features.wants[0]).to.include({ location: 'npm:a' });
    expect(first.features.notes).to.deep.equal([
      `feature x/1.0.0 is in repositories same (${A}) and same (${B}); the first counts`,
    ]);
    const second = await world.plan([repositoryClaim(LOCAL), ...claims]);
    expect(second.features.wants[0]).to.include({ location: 'npm:local' });
  });
});

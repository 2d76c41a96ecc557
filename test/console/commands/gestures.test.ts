import { type ChangeOutcome, StaveError } from '@stave/api';
import { expect } from 'chai';
import { rejection } from '../rejection.js';
import { bundleOf, FakeNode, featureOf } from './fakes.js';

function nodeWith(part: Partial<Pick<FakeNode, 'bundles' | 'features' | 'repositories'>> = {}): FakeNode {
  return Object.assign(new FakeNode(), part);
}

describe('console/commands: features', () => {
  it('installs by a claim of the console on each', async () => {
    const node = nodeWith();
    expect(await node.changeOf('feature:install greeter @acme/log/^2')).to.deep.equal({
      owner: 'console',
      set: [
        { type: 'feature', key: 'greeter', value: {} },
        { type: 'feature', key: '@acme/log/^2', value: {} },
      ],
      cause: 'feature:install',
    });
  });

  it('passes on what the options of a gesture say', async () => {
    const node = nodeWith();
    expect(await node.changeOf('feature:install x -t --force -r -s')).to.deep.include({
      simulate: true,
      force: true,
      noRefresh: true,
      set: [{ type: 'feature', key: 'x', value: { start: false } }],
    });
  });

  it('uninstalls its own claims of that name or that key, and leaves a refusal to Claims', async () => {
    const node = nodeWith();
    node.claims.own = [
      { owner: 'console', type: 'feature', key: 'greeter/^1', value: {} },
      { owner: 'console', type: 'feature', key: 'greeter/^2', value: {} },
      { owner: 'boot', type: 'feature', key: 'log', value: {} },
    ];
    expect((await node.changeOf('feature:uninstall greeter')).release).to.deep.equal([
      { type: 'feature', key: 'greeter/^1' },
      { type: 'feature', key: 'greeter/^2' },
    ]);
    expect((await node.changeOf('feature:uninstall greeter/^2')).release).to.deep.equal([
      { type: 'feature', key: 'greeter/^2' },
    ]);
    expect((await node.changeOf('feature:uninstall log')).release).to.deep.equal([
      { type: 'feature', key: 'log' },
    ]);
  });

  it('upgrades by dropping pins, all of them or those that are named, and by a new range', async () => {
    const node = nodeWith({
      features: [featureOf('greeter', '1.0.0', { state: 'started' }), featureOf('log', '1.0.0')],
    });
    node.claims.own = [{ owner: 'console', type: 'feature', key: 'greeter/^1', value: {} }];
    expect(await node.changeOf('feature:upgrade')).to.deep.equal({
      owner: 'console',
      repin: ['feature:greeter'],
      cause: 'feature:upgrade',
    });
    expect(await node.changeOf('feature:upgrade greeter/^2')).to.deep.equal({
      owner: 'console',
      repin: ['feature:greeter'],
      set: [{ type: 'feature', key: 'greeter/^2', value: {} }],
      release: [{ type: 'feature', key: 'greeter/^1' }],
      cause: 'feature:upgrade',
    });
  });

  it('refreshes by reading repositories again, and drops pins or writes configurations when asked', async () => {
    const node = nodeWith({
      repositories: [{ name: 'standard', url: 'stave:s.json', features: 1, owners: [], problem: undefined }],
    });
    expect(await node.changeOf('feature:refresh')).to.deep.include({ update: ['stave:s.json'] });
    expect(await node.changeOf('feature:refresh --repin --configs')).to.deep.include({
      repin: true,
      configs: true,
    });
  });

  it('stops a feature of its own by the value of its claim, and starts it by taking that back', async () => {
    const node = nodeWith();
    node.claims.own = [{ owner: 'console', type: 'feature', key: 'greeter', value: {} }];
    expect((await node.changeOf('feature:stop greeter')).set).to.deep.equal([
      { type: 'feature', key: 'greeter', value: { start: false } },
    ]);
    node.claims.own = [{ owner: 'console', type: 'feature', key: 'greeter', value: { start: false } }];
    expect((await node.changeOf('feature:start greeter')).set).to.deep.equal([
      { type: 'feature', key: 'greeter', value: {} },
    ]);
  });

  it('stops a feature of others by a claim that goes when it is started', async () => {
    const node = nodeWith({ features: [featureOf('log', '1.0.0', { state: 'started', owners: ['boot'] })] });
    const [claim] = (await node.changeOf('feature:stop log')).set!;
    expect(claim).to.include({ type: 'feature', key: 'log' });
    expect(claim!.value).to.deep.equal({ start: false });
    node.claims.own = [{ owner: 'console', ...claim! }];
    expect(await node.changeOf('feature:start log')).to.deep.equal({
      owner: 'console',
      release: [{ type: 'feature', key: 'log' }],
      cause: 'feature:start',
    });
  });

  it('refuses to stop what is not installed and to start what was not stopped', async () => {
    const node = nodeWith({ features: [featureOf('log', '1.0.0')] });
    expect((await rejection(node.run('feature:stop log'))).code).to.equal('STAVE_FEATURE_UNKNOWN');
    expect((await rejection(node.run('feature:start log'))).code).to.equal('STAVE_CLAIM_INVALID');
    expect(node.claims.changes).to.deep.equal([]);
  });
});

describe('console/commands: repositories', () => {
  const repository = {
    name: 'acme-1.0',
    url: 'file:///work/acme.json',
    features: 2,
    owners: ['console'],
    problem: undefined,
  };

  it('adds descriptors, paths relative to the folder of the client', async () => {
    const node = nodeWith();
    expect((await node.changeOf('feature:repo-add ./acme.json https://x/y.json')).set).to.deep.equal([
      { type: 'repository', key: 'file:///work/acme.json', value: {} },
      { type: 'repository', key: 'https://x/y.json', value: {} },
    ]);
  });

  it('removes and refreshes by name, URL or path', async () => {
    const node = nodeWith({ repositories: [repository] });
    const release = [{ type: 'repository', key: repository.url }];
    for (const text of ['acme-1.0', repository.url, './acme.json'])
      expect((await node.changeOf(`feature:repo-remove ${text}`)).release).to.deep.equal(release);
    expect((await node.changeOf('feature:repo-refresh acme-1.0')).update).to.deep.equal([repository.url]);
    expect((await node.changeOf('feature:repo-refresh')).update).to.deep.equal([repository.url]);
    expect((await rejection(node.run('feature:repo-remove other'))).code).to.equal(
      'STAVE_REPOSITORY_UNKNOWN',
    );
  });

  it('keeps a repository that alone offers what the console has installed, unless all of that goes too', async () => {
    const greeter = featureOf('greeter', '1.0.0', { repository: repository.url, state: 'started' });
    const node = nodeWith({ repositories: [repository], features: [greeter] });
    node.claims.own = [{ owner: 'console', type: 'feature', key: 'greeter/^1', value: {} }];
    const error = await rejection(node.run('feature:repo-remove acme-1.0'));
    expect(error.code).to.equal('STAVE_REPOSITORY_NEEDED');
    expect(error.message).to.contain('greeter');
    expect((await node.changeOf('feature:repo-remove -u acme-1.0')).release).to.deep.equal([
      { type: 'feature', key: 'greeter/^1' },
      { type: 'repository', key: repository.url },
    ]);
    node.features.push(featureOf('greeter', '1.1.0'));
    expect((await node.changeOf('feature:repo-remove acme-1.0')).release).to.have.length(1);
  });
});

describe('console/commands: bundles', () => {
  const greeter = bundleOf(2, '@acme/greeter', '1.2.0');

  it('installs by a claim on the absolute location', async () => {
    const node = nodeWith();
    expect(await node.changeOf('bundle:install -s ./greeter npm:@acme/log@^1')).to.deep.equal({
      owner: 'console',
      set: [
        { type: 'bundle', key: 'file:///work/greeter', value: {} },
        { type: 'bundle', key: 'npm:@acme/log@^1', value: {} },
      ],
      cause: 'bundle:install',
    });
    expect((await node.changeOf('bundle:install -l 30 --no-start x')).set).to.deep.equal([
      { type: 'bundle', key: 'file:///work/x', value: { start: false, startLevel: 30 } },
    ]);
    expect((await rejection(node.run('bundle:install -l high x'))).code).to.equal('STAVE_COMMAND_USAGE');
    expect((await rejection(node.run('bundle:install'))).code).to.equal('STAVE_COMMAND_USAGE');
  });

  it('uninstalls, updates, refreshes and restarts bundles by id, name and name@version', async () => {
    const node = nodeWith({ bundles: [greeter] });
    for (const text of ['2', '@acme/greeter', '@acme/greeter@1.2.0'])
      expect((await node.changeOf(`bundle:uninstall ${text}`)).release).to.deep.equal([
        { type: 'bundle', key: greeter.location },
      ]);
    expect((await node.changeOf('bundle:update 2')).update).to.deep.equal([greeter.location]);
    expect((await node.changeOf('bundle:refresh')).repin).to.deep.equal(['wire:@acme/greeter']);
    expect((await node.changeOf('bundle:restart 2')).restart).to.deep.equal([2]);
  });

  it('stops, starts and moves by decisions that belong to name and major version', async () => {
    const node = nodeWith({ bundles: [greeter] });
    expect((await node.changeOf('bundle:stop 2')).overrides).to.deep.equal([
      { bundle: '@acme/greeter@1', stopped: true },
    ]);
    expect(await node.changeOf('bundle:start 2')).to.deep.equal({
      owner: 'console',
      overrides: [{ bundle: '@acme/greeter@1', stopped: false }],
      cause: 'bundle:start',
    });
    expect((await node.changeOf('bundle:start-level 2 50')).overrides).to.deep.equal([
      { bundle: '@acme/greeter@1', startLevel: 50 },
    ]);
    expect((await node.changeOf('bundle:start-level 2 0')).overrides).to.deep.equal([
      { bundle: '@acme/greeter@1', startLevel: 0 },
    ]);
    expect(await node.run('bundle:start-level 2')).to.equal('80\n');
    expect(await node.run('bundle:start-level')).to.equal('100\n');
    expect((await rejection(node.run('bundle:start-level 2 5000'))).code).to.equal('STAVE_COMMAND_USAGE');
  });

  it('says of a start level that only counts later what it is now', async () => {
    const node = nodeWith({ bundles: [greeter] });
    expect(await node.run('bundle:start-level 2 50')).to.equal('the start level of @acme/greeter is 80\n');
  });

  it('refuses to uninstall what a feature brings, naming the feature and what to do', async () => {
    const bundle = { ...greeter, location: 'stave:bundles/greeter-commands' };
    const node = nodeWith({
      bundles: [bundle],
      features: [featureOf('greeter', '1.0.0', { state: 'started' })],
    });
    const error = await rejection(node.run('bundle:uninstall 2'));
    expect(error.code).to.equal('STAVE_CLAIM_NOT_OWNED');
    expect(error.message).to.contain(
      'it belongs to feature greeter/1.0.0; uninstall that with feature:uninstall greeter,',
    );
    expect(await node.run('bundle:info 2')).to.contain('feature greeter/1.0.0');
    node.features = [];
    expect((await node.changeOf('bundle:uninstall 2')).release).to.have.lengthOf(1);
  });

  it('tries a failed bundle again, and fails when it fails again', async () => {
    const node = nodeWith({
      bundles: [bundleOf(2, 'x', '1.0.0', { state: 'RESOLVED', problem: 'it broke' })],
    });
    const error = await rejection(node.run('bundle:start x'));
    expect(node.claims.changes[0]!.restart).to.deep.equal([2]);
    expect(error.code).to.equal('STAVE_START_FAILED');
    expect(error.message).to.contain('it broke');
  });

  it('refuses bundle 0 and unknown ones, naming the nearest', async () => {
    const node = nodeWith({ bundles: [bundleOf(0, 'stave', '0.1.0'), greeter] });
    expect((await rejection(node.run('bundle:stop 0'))).code).to.equal('STAVE_BUNDLE_STATE');
    const error = await rejection(node.run('bundle:stop @acme/greeer'));
    expect(error.code).to.equal('STAVE_BUNDLE_UNKNOWN');
    expect(error.message).to.contain('did you mean @acme/greeter?');
  });
});

describe('console/commands: outcomes', () => {
  it('tells what was done to what, what is set aside, and notes', async () => {
    const node = nodeWith();
    node.claims.plan = {
      steps: [
        { kind: 'install', subject: '@acme/greeter 1.2.0', reason: 'wanted by feature greeter/1.0.0' },
        { kind: 'configure', subject: 'acme.greeter', reason: 'feature greeter' },
        { kind: 'restart', subject: '@acme/log 1.0.0', reason: 'imports @acme/x, which is updated' },
        { kind: 'start', subject: '@acme/greeter 1.2.0', reason: 'wanted' },
      ],
      setAside: [
        {
          owner: 'boot',
          type: 'feature',
          key: 'b',
          code: 'STAVE_FEATURE_UNKNOWN',
          reason: 'nobody offers it',
        },
      ],
      notes: ['the rest stays'],
    };
    expect(await node.run('feature:install greeter')).to.equal(
      [
        'installed and started @acme/greeter 1.2.0',
        'configured acme.greeter',
        'restarted @acme/log 1.0.0 (imports @acme/x, which is updated)',
        'set aside feature b of boot: STAVE_FEATURE_UNKNOWN: nobody offers it',
        'note: the rest stays',
        '',
      ].join('\n'),
    );
    expect(await node.run('feature:install greeter -t')).to.contain(
      'would install @acme/greeter 1.2.0: wanted by feature greeter/1.0.0\n',
    );
  });

  it('says when there is nothing to do', async () => {
    const node = nodeWith();
    expect(await node.run('feature:install greeter')).to.equal('nothing to change\n');
    expect(await node.run('feature:install greeter --simulate')).to.equal('nothing would change\n');
  });

  it('fails with the refusal of Claims', async () => {
    const node = nodeWith();
    node.claims.outcome = Promise.reject<ChangeOutcome>(
      new StaveError('STAVE_CLAIM_NOT_OWNED', 'boot wants it'),
    );
    expect((await rejection(node.run('feature:uninstall log'))).code).to.equal('STAVE_CLAIM_NOT_OWNED');
  });
});

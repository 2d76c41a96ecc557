import { expect } from 'chai';
import { sessionOf } from '../console-fixture.js';
import { rejection } from '../rejection.js';
import { bundleOf, FakeNode, featureOf } from './fakes.js';

async function json(node: FakeNode, line: string): Promise<unknown> {
  return JSON.parse(await node.run(`${line} --json`));
}

describe('console/commands: displays of bundles', () => {
  it('lists bundles by id, with problems and decisions only when there are any', async () => {
    const node = new FakeNode();
    node.bundles = [
      bundleOf(2, '@acme/greeter', '1.2.0'),
      bundleOf(1, '@acme/clock', '2.0.0', { startLevel: 30 }),
    ];
    expect(await node.run('bundle:list')).to.equal(
      [
        'ID  State   Lvl  Version  Name',
        ' 1  ACTIVE   30  2.0.0    @acme/clock',
        ' 2  ACTIVE   80  1.2.0    @acme/greeter',
        '',
      ].join('\n'),
    );
    node.bundles[0] = bundleOf(2, '@acme/greeter', '1.2.0', { state: 'RESOLVED', problem: 'waits for x' });
    node.claims.decided = [{ bundle: '@acme/greeter@1', stopped: true, startLevel: 40 }];
    expect(await json(node, 'bundle:list -l')).to.deep.include({
      id: 2,
      state: 'RESOLVED',
      lvl: 80,
      version: '1.2.0',
      name: '@acme/greeter',
      location: 'file:///bundles/@acme/greeter',
      override: 'stopped, start level 40',
      problem: 'waits for x',
    });
  });

  it('shows the wiring as a tree, what was shown before only by name', async () => {
    const node = new FakeNode();
    const wire = (name: string, provider: number, version = '1.0.0') => ({
      package: name,
      version,
      provider,
    });
    node.bundles = [
      bundleOf(1, 'app', '1.0.0', { wires: [wire('a', 2), wire('b', 3)] }),
      bundleOf(2, 'a', '1.0.0', { wires: [wire('b', 3, '2.0.0'), wire('app', 1)] }),
      bundleOf(3, 'b', '1.0.0', { wires: [wire('@stave/api', 0)] }),
      bundleOf(0, 'stave', '0.1.0'),
    ];
    expect(await node.run('bundle:tree-show app')).to.equal(
      [
        'app 1.0.0 (1)',
        '├─ a 1.0.0 (2) [a 1.0.0]',
        '│  ├─ b 1.0.0 (3) [b 2.0.0]',
        '│  │  └─ stave 0.1.0 (0) [@stave/api 1.0.0]',
        '│  └─ app 1.0.0 (1) [app 1.0.0], see above',
        '└─ b 1.0.0 (3) [b 1.0.0], see above',
        'note: b is wired in 1.0.0 and 2.0.0',
        '',
      ].join('\n'),
    );
  });

  it('tells what is wrong with bundles and their components', async () => {
    const node = new FakeNode();
    node.bundles = [bundleOf(1, '@acme/clock', '2.0.0'), bundleOf(2, '@acme/greeter', '1.2.0')];
    expect(await node.run('bundle:diag')).to.equal(
      [
        '@acme/greeter 1.2.0 (2)',
        '-----------------------',
        'Status: ACTIVE',
        'Component Greeter: waiting: service acme.Clock@2',
        '',
      ].join('\n'),
    );
    expect(await node.run('bundle:diag 1')).to.contain('nothing is wrong');
    node.bundles = [node.bundles[0]!];
    expect(await node.run('bundle:diag')).to.equal('Every bundle is as it should be\n');
    const info = await node.run('bundle:info 1');
    expect(info).to.contain('@acme/clock 2.0.0').and.to.contain('file:///bundles/@acme/clock');
  });

  it('lists packages, services, components and deployments', async () => {
    const node = new FakeNode();
    const imports = [{ name: '@acme/clock-api', range: '^2', optional: true }];
    node.bundles = [
      bundleOf(1, '@acme/clock', '2.0.0'),
      bundleOf(2, '@acme/greeter', '1.2.0', {
        manifest: { imports } as never,
        wires: [{ package: '@acme/clock-api', version: '2.0.0', provider: 1 }],
      }),
    ];
    expect(await json(node, 'package:exports')).to.deep.equal([
      {
        package: '@acme/clock-api',
        version: '2.0.0',
        id: 1,
        bundle: '@acme/clock',
        users: ['@acme/greeter'],
      },
    ]);
    expect(await json(node, 'package:imports')).to.deep.equal([
      {
        package: '@acme/clock-api',
        range: '^2',
        optional: true,
        id: 2,
        bundle: '@acme/greeter',
        wiredTo: '2.0.0 of @acme/clock',
      },
    ]);
    expect(await json(node, 'service:list')).to.deep.equal([
      { id: 7, bundle: '@acme/clock', tokens: ['acme.Clock@2'], ranking: 10, properties: { type: 'json' } },
    ]);
    expect(await json(node, 'service:list (type=x)')).to.have.nested.property(
      '[0].properties.type',
      '(type=x)',
    );
    expect(await json(node, 'service:list clock')).to.have.length(1);
    expect(await json(node, 'service:list nothing')).to.deep.equal([]);
    expect(await json(node, 'component:list')).to.deep.equal([
      {
        id: 2,
        bundle: '@acme/greeter',
        component: 'Greeter',
        state: 'waiting',
        pid: null,
        reason: 'service acme.Clock@2',
      },
    ]);
    expect(await node.run('component:info Greeter')).to.contain('acme.Clock@2: unbound');
    expect(await json(node, 'deploy:list')).to.deep.equal([
      { file: 'greeter', kind: 'bundle', state: 'failed', result: 'STAVE_COMPILE_FAILED' },
    ]);
  });
});

describe('console/commands: displays of features', () => {
  it('lists features, hidden ones only when asked', async () => {
    const node = new FakeNode();
    node.features = [
      featureOf('greeter', '1.0.0', { state: 'started', required: true }),
      featureOf('secret', '1.0.0', { hidden: true }),
      featureOf('log', '2.0.0', { state: 'installed' }),
    ];
    const names = async (line: string): Promise<unknown> =>
      ((await json(node, line)) as { name: string }[]).map(({ name }) => name);
    expect(await names('feature:list')).to.deep.equal(['greeter', 'log']);
    expect(await names('feature:list -s')).to.deep.equal(['greeter', 'secret', 'log']);
    expect(await names('feature:list -i')).to.deep.equal(['greeter', 'log']);
    expect(await names('feature:list -r')).to.deep.equal(['greeter']);
    expect(await json(node, 'feature:list -r')).to.deep.equal([
      {
        name: 'greeter',
        version: '1.0.0',
        required: true,
        state: 'started',
        repository: 'stave:features/standard.json',
        description: 'The feature greeter',
      },
    ]);
  });

  it('shows what a feature consists of, and the nearest name for an unknown one', async () => {
    const node = new FakeNode();
    node.features = [featureOf('greeter', '1.0.0')];
    const text = await node.run('feature:info greeter/1.0.0');
    for (const part of [
      'log-api',
      'stave:bundles/greeter (start level 30, not started)',
      'With shell',
      'etc/greeter.txt',
    ])
      expect(text).to.contain(part);
    expect((await rejection(node.run('feature:info greter'))).message).to.contain('did you mean greeter?');
  });
});

describe('console/commands: configurations', () => {
  const nodeWith = (properties: Record<string, never> | object): FakeNode => {
    const node = new FakeNode();
    node.configuration.pids.set('acme.greeter', properties as never);
    return node;
  };

  it('lists configurations and properties', async () => {
    const node = nodeWith({ greeting: 'hello', size: 3 });
    expect(await json(node, 'config:list')).to.deep.equal([
      {
        pid: 'acme.greeter',
        revision: 3,
        author: 'file',
        file: '/etc/acme.greeter.cfg',
        properties: { greeting: 'hello', size: 3 },
      },
    ]);
    expect(await node.run('config:list -s')).to.equal('PID\nacme.greeter\n');
    expect(await node.run('config:list none')).to.equal('No configurations\n');
    expect(await json(node, 'config:property-list -p acme.greeter')).to.deep.equal([
      { key: 'greeting', value: 'hello' },
      { key: 'size', value: 3 },
    ]);
    expect(await node.run('config:property-get -p acme.greeter size')).to.equal('3\n');
  });

  it('sets, appends to and deletes properties as the console', async () => {
    const node = nodeWith({ greeting: 'hello', size: 3, list: ['a'] });
    const calls = async (line: string): Promise<unknown> => {
      node.configuration.calls.length = 0;
      await node.run(line);
      return node.configuration.calls;
    };
    const p = '-p acme.greeter';
    const change = (what: object): unknown => [['change', 'acme.greeter', what, 'console']];
    expect(await calls(`config:property-set ${p} greeting 'good day'`)).to.deep.equal(
      change({ set: { greeting: 'good day' } }),
    );
    expect(await calls(`config:property-set ${p} size 4`)).to.deep.equal(change({ set: { size: 4 } }));
    expect(await calls(`config:property-set ${p} other 4`)).to.deep.equal(change({ set: { other: '4' } }));
    expect(await calls(`config:property-append ${p} greeting ' you'`)).to.deep.equal(
      change({ set: { greeting: 'hello you' } }),
    );
    expect(await calls(`config:property-append ${p} list b`)).to.deep.equal(
      change({ set: { list: ['a', 'b'] } }),
    );
    expect(await calls(`config:property-delete ${p} size`)).to.deep.equal(change({ remove: ['size'] }));
    expect(await calls('config:delete acme.greeter')).to.deep.equal([['delete', 'acme.greeter', 'console']]);
    expect(await node.run(`config:property-set ${p} size 4`)).to.equal('acme.greeter is at revision 4\n');
  });

  it('names what is unknown or missing', async () => {
    const node = nodeWith({});
    expect((await rejection(node.run('config:delete acme.greter'))).message).to.contain(
      'did you mean acme.greeter?',
    );
    expect((await rejection(node.run('config:property-get -p acme.greeter x'))).code).to.equal(
      'STAVE_CONFIG_UNKNOWN',
    );
    expect((await rejection(node.run('config:property-get -p acme.greeter toString'))).code).to.equal(
      'STAVE_CONFIG_UNKNOWN',
    );
    expect((await rejection(node.run('config:property-set a b'))).code).to.equal('STAVE_COMMAND_USAGE');
  });

  it('shows the edits that are not in force', async () => {
    const node = nodeWith({});
    expect(await node.run('config:status')).to.contain('in force');
    node.configuration.problems = () => [
      {
        pid: 'a',
        file: '/etc/a.cfg',
        line: 3,
        code: 'STAVE_CONFIG_SYNTAX',
        reason: 'no value',
        lastGood: true,
      },
    ];
    expect(await json(node, 'config:status')).to.deep.equal([
      {
        pid: 'a',
        file: '/etc/a.cfg',
        line: 3,
        code: 'STAVE_CONFIG_SYNTAX',
        reason: 'no value',
        lastGood: 'in force',
      },
    ]);
  });
});

describe('console/commands: the node', () => {
  it('tells name and version by bare names', async () => {
    const node = new FakeNode();
    expect(await node.run('version')).to.equal('0.1.0\n');
    expect(await node.run('name')).to.equal('root\n');
  });

  it('reports boot times, changes and leaks', async () => {
    const text = await new FakeNode().run('system:report');
    expect(text)
      .to.contain('    120.3 ms    bundles')
      .and.to.contain('      7.0 ms      @acme/greeter 1.2.0');
    expect(text).to.contain('1 min 5 s').and.to.contain('feature:install').and.to.contain('@acme/old 1.0.0');
  });

  it('stops without asking in a script, and after a yes on a terminal', async () => {
    const node = new FakeNode();
    await node.run('system:shutdown');
    expect(node.stops).to.equal(1);
    node.session = sessionOf({ interactive: true, ask: () => false });
    await node.run('system:shutdown');
    expect(node.stops).to.equal(1);
    await node.run('halt -f');
    expect(node.stops).to.equal(2);
    expect(node.session.isClosed).to.equal(true);
    node.session = sessionOf({ interactive: true, ask: () => true });
    await node.run('system:shutdown');
    expect(node.stops).to.equal(3);
  });

  it('cleans the store, or only tells', async () => {
    const node = new FakeNode();
    expect(await node.run('system:clean')).to.equal('did\nremoved 1 things, 1.5 MB\n');
    expect(await node.run('system:clean --dry-run')).to.equal('would\nwould remove 1 things, 1.5 MB\n');
  });
});

describe('console/commands: every command', () => {
  it('has a description without a final stop, options that do not clash, and help', async () => {
    const node = new FakeNode();
    for (const command of node.commands) {
      const name = `${command.scope}:${command.name}`;
      expect(command.description, name).to.match(/^[A-Z].*[^.]$/);
      const shorts = (command.options ?? []).flatMap(({ short }) => (short === undefined ? [] : [short]));
      expect(new Set(shorts).size, name).to.equal(shorts.length);
      const args = command.arguments ?? [];
      expect(
        args.slice(0, -1).some(({ many }) => many),
        name,
      ).to.equal(false);
      expect(await node.run(`${name} --help`), name).to.contain('SYNTAX');
    }
  });

  it('completes names from the node', async () => {
    const node = new FakeNode();
    node.bundles = [bundleOf(2, '@acme/greeter', '1.2.0')];
    node.features = [featureOf('greeter', '1.0.0')];
    node.configuration.pids.set('acme.greeter', {});
    const complete = async (text: string): Promise<unknown> =>
      (await node.deps.commands.complete(text, node.session)).candidates;
    expect(await complete('bundle:stop @a')).to.deep.equal(['@acme/greeter']);
    expect(await complete('feature:install x gr')).to.deep.equal(['greeter']);
    expect(await complete('config:delete ')).to.deep.equal(['acme.greeter']);
    expect(await complete('help bundle:sta')).to.deep.equal(['bundle:start', 'bundle:start-level']);
  });
});

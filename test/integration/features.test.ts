import { expect } from 'chai';
import { withNode } from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { answers, below, bundleFiles, bundleStates } from '../support/sample-bundles.js';

const SAMPLES = 'feature:repo-add stave:features/samples.json';

describe('installing features', function () {
  this.timeout(180_000);

  it('brings bundles of the installation and of npm with their configuration; the service answers in the console', () =>
    withNode({}, async (node) => {
      const { status, stderr } = await node.client(SAMPLES, 'feature:install greeter-cron');
      expect(stderr).to.equal('');
      expect(status).to.equal(0);
      expect(await node.run('greeter:greet')).to.equal('Hello, Ada and Grace!\n');
      expect(await node.run('greeter:greet', 'Alan')).to.equal('Hello, Alan!\n');
      expect(await node.read('etc/acme.greeter.cfg')).to.match(/^greeting\s*=\s*Hello$/m);
      await poll(async () =>
        (await node.run('greeter:last')).startsWith('Hello, Ada and Grace! (a few seconds ago)'),
      );
      const states = await bundleStates(node);
      expect(states).to.include('@acme/greeter-cron 1.0.0 ACTIVE');
      expect(states.some((line) => /^cron 4\.\S+ (ACTIVE|RESOLVED)$/.test(line))).to.equal(true);
    }));

  it('lets the better of two implementers of one contract answer, as long as it is there', () =>
    withNode({}, async (node) => {
      await node.client(SAMPLES, 'feature:install greeter');
      await answers(node, 'greeter:greet Ada', 'Hello, Ada!');
      await node.run('feature:install greeter-polite');
      expect(await node.run('greeter:greet "ada lovelace"')).to.equal(
        'Good day, Ada Lovelace. How do you do?\n',
      );
      await node.run('feature:uninstall greeter-polite');
      expect(await node.run('greeter:greet', 'Ada')).to.equal('Hello, Ada!\n');
    }));

  it('runs two majors of one library side by side', () =>
    withNode({}, async (node) => {
      await node.client(SAMPLES, 'feature:install side-by-side');
      expect(await node.run('duration:classic -- -1337')).to.equal('-1s -337ms\n');
      expect(await node.run('duration:modern -- -1337')).to.equal('-1.3s\n');
    }));

  it('takes libraries of both kinds, with and without "exports", from a descriptor of the user; a bundle imports their subpaths', () => {
    const source = `import { Command } from '@stave/api';
import isOdd from 'is-odd';
import prettyMilliseconds from 'pretty-ms';
import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc.js';
import { customAlphabet } from 'nanoid/non-secure';
dayjs.extend(utc);
export default {
  start(context) {
    context.services.register(Command, {
      scope: 'own', name: 'show', description: 'Shows what the libraries say',
      execute: () => [isOdd(3), prettyMilliseconds(1500), dayjs.utc(0).format('YYYY'), customAlphabet('a', 3)()].join(' '),
    });
  },
};
`;
    const imports = { 'is-odd': '^3', 'pretty-ms': '^9', dayjs: '^1.11', nanoid: '^3' };
    const descriptor = {
      name: 'own',
      features: [
        {
          name: 'own',
          version: '1.0.0',
          bundles: [
            'npm:is-odd@^3',
            'npm:pretty-ms@^9',
            'npm:dayjs@^1.11',
            'npm:nanoid@^3',
            '../bundles/own',
          ],
        },
      ],
    };
    const bundle = bundleFiles('own', source, { stave: { activator: './src/activator.ts', imports } });
    const files = { 'features/own.json': JSON.stringify(descriptor), ...below('bundles/own', bundle) };
    return withNode({ files }, async (node) => {
      const { status, stderr } = await node.client(
        'feature:repo-add features/own.json',
        'feature:install own',
      );
      expect(stderr).to.equal('');
      expect(status).to.equal(0);
      expect(await node.run('own:show')).to.equal('true 1.5s 1970 aaa\n');
    });
  });

  it('takes a feature back whole, and leaves a configuration that was edited', () =>
    withNode({}, async (node) => {
      const before = await bundleStates(node);
      await node.client(SAMPLES, 'feature:install greeter-cron');
      await node.run('config:property-set --pid acme.greeter greeting Welcome');
      await node.run('feature:uninstall greeter-cron');
      expect(await bundleStates(node)).to.deep.equal(before);
      expect(await node.read('etc/acme.greeter.cfg')).to.match(/^greeting\s*=\s*Welcome$/m);
    }));
});

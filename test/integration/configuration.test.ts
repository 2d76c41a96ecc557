import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { withNode } from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { answers } from '../support/sample-bundles.js';

/** A component that counts its activations, and tells its configuration. */
const COUNTING = `import { Command, activate, component, modified } from '@stave/api';
let made = 0;
@component({ provides: [Command], configuration: 'probe.counting' })
export class Counting {
  readonly scope = 'probe';
  readonly name = 'counting';
  readonly description = 'Tells how often it was made, and its word';
  #word = 'none';
  constructor() {
    made += 1;
  }
  @activate
  @modified
  configure(context: { properties: Record<string, unknown> }) {
    this.#word = String(context.properties.word ?? 'none');
  }
  execute() {
    return made + ' ' + this.#word;
  }
}
`;

const CFG = `# The words of the greeter
   # with an odd indent

! another kind of comment
greeting:   Hi
names = Ada, \\
        Grace
# the end, without a line break`;

describe('configuration', function () {
  this.timeout(120_000);

  it('reaches a running component when its file is edited, without making it anew', () =>
    withNode({ files: { 'deploy/counting.ts': COUNTING } }, async (node) => {
      expect(await node.run('probe:counting')).to.equal('1 none\n');
      await node.write('etc/probe.counting.cfg', 'word = one\n');
      await answers(node, 'probe:counting', '1 one');
      await node.write('etc/probe.counting.cfg', 'word = two\n');
      await answers(node, 'probe:counting', '1 two');
      await rm(node.path('etc/probe.counting.cfg'));
      await answers(node, 'probe:counting', '1 none');
    }));

  it('is written back by the console with all comments byte for byte', () =>
    withNode({ files: { 'etc/acme.greeter.cfg': CFG } }, async (node) => {
      await node.client('feature:repo-add stave:features/samples.json', 'feature:install greeter');
      expect(await node.run('greeter:greet')).to.equal('Hi, Ada and Grace!\n');
      await node.run('config:property-set --pid acme.greeter greeting Welcome');
      const expected = CFG.replace('greeting:   Hi', 'greeting = Welcome');
      expect(await node.read('etc/acme.greeter.cfg')).to.equal(expected);
      expect(await node.run('greeter:greet')).to.equal('Welcome, Ada and Grace!\n');
      expect((await node.run('config:property-get --pid acme.greeter greeting')).trim()).to.equal('Welcome');
    }));

  it('does not touch a file that was there before the feature', () =>
    withNode({ files: { 'etc/acme.greeter.cfg': CFG } }, async (node) => {
      await node.client('feature:repo-add stave:features/samples.json', 'feature:install greeter');
      expect(await node.read('etc/acme.greeter.cfg')).to.equal(CFG);
    }));

  it('keeps the last good values when an edit is refused, says so, and still does after a restart', () =>
    withNode({ files: { 'etc/acme.greeter.cfg': 'greeting = Hi\n' } }, async (node) => {
      await node.client('feature:repo-add stave:features/samples.json', 'feature:install greeter');
      await node.write('etc/acme.greeter.cfg', 'greeting = Hey\nrepeat = often\n');
      const refused = async (): Promise<void> => {
        const status = await poll(async () => {
          const text = await node.run('config:status');
          return text.includes('acme.greeter') ? text : undefined;
        });
        expect(status).to.contain('acme.greeter.cfg').and.contain('repeat');
        expect(await node.run('greeter:greet', 'Ada')).to.equal('Hi, Ada!\n');
      };
      await refused();
      await node.restart();
      await refused();
      await node.write('etc/acme.greeter.cfg', 'greeting = Hey\nrepeat = 2\n');
      await answers(node, 'greeter:greet Ada', 'Hey, Ada! Hey, Ada!');
    }));

  it('decides which features are there: etc/stave.features.cfg is followed live', () =>
    withNode({}, async (node) => {
      const list =
        'repositories = stave:features/standard.json, stave:features/samples.json\nboot = standard';
      await node.write('etc/stave.features.cfg', `${list}, greeter\n`);
      await answers(node, 'greeter:greet Ada', 'Hello, Ada!');
      await node.write('etc/stave.features.cfg', `${list}\n`);
      await poll(async () => (await node.client('greeter:greet Ada')).status !== 0);
    }));
});

import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LogRecord } from '@stave/api';
import { expect } from 'chai';
import { poll } from '../../support/poll.js';
import { withTemporaryFolder } from '../../support/temporary.js';
import { registryOf, sessionOf } from '../console-fixture.js';
import { rejection } from '../rejection.js';
import { bundleOf, FakeNode } from './fakes.js';

/** A line that runs until it is aborted. */
function follow(
  node: FakeNode,
  line: string,
): { text(): string; abort(): void; readonly ended: Promise<void> } {
  const controller = new AbortController();
  let text = '';
  const ended = registryOf(node.commands).execute(line, node.session, {
    signal: controller.signal,
    write: (more) => {
      text += more;
    },
  });
  return { text: () => text, abort: () => controller.abort(), ended };
}

describe('console/commands: text in pipes', () => {
  const run = (line: string): Promise<string> => new FakeNode().run(line);
  const lines = "echo 'pear\napple 10\nfig 9\nApple'";

  const cases: readonly (readonly [string, string])[] = [
    ["grep 'a'", 'pear\napple 10\n'],
    ['grep -i ^a', 'apple 10\nApple\n'],
    ['grep -v p', 'fig 9\n'],
    ['grep -c pp', '2\n'],
    ['grep zebra', ''],
    ['grep "\\d+"', 'apple 10\nfig 9\n'],
    ['head -n 2', 'pear\napple 10\n'],
    ['head -n 0', ''],
    ['tail -n1', 'Apple\n'],
    ['tail -n 0', ''],
    ['sort', 'Apple\napple 10\nfig 9\npear\n'],
    ['sort -r | head -n 1', 'pear\n'],
    ['wc', '4 6 26\n'],
    ['wc -l', '4\n'],
  ];
  for (const [command, expected] of cases) {
    it(`${command} gives ${JSON.stringify(expected)}`, async () => {
      expect(await run(`${lines} | ${command}`)).to.equal(expected);
    });
  }

  it('sorts by number', async () => {
    expect(await run("echo '10 b\n9 a\nx\n-1' | sort -n")).to.equal('-1\nx\n9 a\n10 b\n');
  });

  it('echoes without a line break when asked', async () => {
    expect(await run("echo -n a 'b  c'")).to.equal('a b  c');
  });

  it('refuses a wrong pattern and a wrong number', async () => {
    expect((await rejection(run('echo x | grep ('))).code).to.equal('STAVE_COMMAND_USAGE');
    expect((await rejection(run('echo x | head -n many'))).code).to.equal('STAVE_COMMAND_USAGE');
  });

  it('gives up a pattern that would take for ever', async () => {
    const error = await rejection(run(`echo ${'a'.repeat(60)}! | grep '^(a+)+$'`));
    expect(error.code).to.equal('STAVE_LIMIT_EXCEEDED');
  });
});

describe('console/commands: the shell', () => {
  it('gives an overview, a scope, or one command', async () => {
    const node = new FakeNode();
    const overview = await node.run('help');
    for (const scope of [
      'bundle',
      'component',
      'config',
      'deploy',
      'feature',
      'log',
      'package',
      'service',
      'shell',
      'system',
    ])
      expect(overview).to.match(new RegExp(`^${scope}$`, 'm'));
    expect(await node.run('help feature'))
      .to.contain('feature:install')
      .and.not.to.contain('bundle:list');
    expect(await node.run('help feature:install')).to.equal(await node.run('feature:install --help'));
    expect((await rejection(node.run('help nothing'))).code).to.equal('STAVE_COMMAND_UNKNOWN');
  });

  it('sets, shows and removes aliases', async () => {
    const node = new FakeNode();
    await node.run("alias hi='echo hello'");
    expect(await node.run('hi you')).to.equal('hello you\n');
    expect(await node.run('alias hi --json')).to.contain('"line": "echo hello"');
    await node.run('alias hi=');
    expect((await rejection(node.run('hi'))).code).to.equal('STAVE_COMMAND_UNKNOWN');
    expect((await rejection(node.run("alias 'a b=c'"))).code).to.equal('STAVE_COMMAND_USAGE');
  });

  it('runs the lines of a file up to the first failure, variables kept', async () => {
    await withTemporaryFolder(async (cwd) => {
      const node = new FakeNode();
      node.session = sessionOf({ cwd });
      writeFileSync(
        join(cwd, 'a.script'),
        '# a script\nA=\'1\n2\'\necho "$A" |\n  tail -n 1\nfail\necho never\n',
      );
      expect((await rejection(node.run('source a.script'))).code).to.equal('STAVE_COMMAND_UNKNOWN');
      expect(node.session.variables.get('A')).to.equal('1\n2');
      writeFileSync(join(cwd, 'loop.script'), 'source loop.script');
      expect((await rejection(node.run('source loop.script'))).code).to.equal('STAVE_LIMIT_EXCEEDED');
      expect((await rejection(node.run('source none.script'))).message).to.contain(join(cwd, 'none.script'));
      mkdirSync(join(cwd, 'folder'));
      expect((await rejection(node.run('source folder'))).code).to.equal('STAVE_COMMAND_FAILED');
    });
  });

  it('shows the history, and leaves', async () => {
    const node = new FakeNode();
    node.session.remember('echo a');
    expect(await node.run('history')).to.contain('1  echo a');
    await node.run('logout');
    expect(node.session.isClosed).to.equal(true);
  });
});

describe('console/commands: the log', () => {
  const record = (level: LogRecord['level'], message: string, details?: unknown): LogRecord => ({
    time: 0,
    level,
    logger: 'acme',
    message,
    ...(details === undefined ? {} : { details }),
  });

  it('shows the newest records of a level and a pattern', async () => {
    const node = new FakeNode();
    node.log.records = [
      record('info', 'one'),
      record('warn', 'two', new Error('why')),
      record('error', 'three'),
    ];
    expect(await node.run('log:display -n 1')).to.equal('1970-01-01T00:00:00.000Z  ERROR  acme  three\n');
    const loud = await node.run('log:display -l warn');
    expect(loud).to.contain('two\n    Error: why').and.to.contain('three').and.not.to.contain('one');
    expect(await node.run('log:display ^1970.*one'))
      .to.contain('one')
      .and.not.to.contain('two');
    expect(JSON.parse(await node.run('log:display -n 2 --json'))).to.have.nested.property(
      '[0].details.message',
      'why',
    );
    expect((await rejection(node.run('log:display -l loud'))).code).to.equal('STAVE_COMMAND_USAGE');
  });

  it('follows the log until it is aborted, which is no failure', async () => {
    const node = new FakeNode();
    node.log.records = [record('info', 'old')];
    const following = follow(node, 'log:tail -l warn');
    await poll(() => node.log.listeners === 1);
    node.log.write(record('info', 'quiet'));
    node.log.write(record('error', 'loud'));
    following.abort();
    await following.ended;
    expect(following.text()).to.equal('1970-01-01T00:00:00.000Z  ERROR  acme  loud\n');
    expect(node.log.listeners).to.equal(0);
  });

  it('sets levels in the configuration of the log', async () => {
    const node = new FakeNode();
    await node.run('log:set DEBUG; log:set warn acme.x; log:set default acme.x');
    expect(node.configuration.calls).to.deep.equal([
      ['change', 'stave.log', { set: { level: 'debug' } }, 'console'],
      ['change', 'stave.log', { set: { 'level.acme.x': 'warn' } }, 'console'],
      ['change', 'stave.log', { remove: ['level.acme.x'] }, 'console'],
    ]);
    expect(await node.run('log:get acme')).to.equal('debug\n');
    expect(await node.run('log:get')).to.equal('Logger  Level\nROOT    info\nacme    debug\n');
    expect((await rejection(node.run('log:set loud'))).code).to.equal('STAVE_COMMAND_USAGE');
  });
});

describe('console/commands: bundle:watch', () => {
  it('updates a bundle after each change of its files, until it is aborted', async () => {
    await withTemporaryFolder(async (temporary) => {
      const folder = realpathSync(temporary);
      mkdirSync(join(folder, 'src'));
      mkdirSync(join(folder, 'node_modules'));
      writeFileSync(join(folder, 'src', 'index.ts'), '1');
      const node = new FakeNode();
      const location = pathToFileURL(folder).href;
      node.bundles = [bundleOf(2, '@acme/greeter', '1.2.0', { location })];
      const watching = follow(node, 'bundle:watch @acme/greeter');
      await poll(() => watching.text().includes('watching'));
      writeFileSync(join(folder, 'node_modules', 'x.js'), '1');
      writeFileSync(join(folder, 'src', 'index.ts'), '22');
      await poll(() => node.claims.changes.length === 1);
      expect(node.claims.changes[0]).to.deep.equal({
        owner: 'console',
        update: [location],
        cause: 'bundle:watch',
      });
      await poll(() => watching.text().includes('nothing to change'));
      node.claims.outcome = Promise.reject(new Error('it does not compile'));
      node.claims.outcome.catch(() => undefined);
      writeFileSync(join(folder, 'src', 'index.ts'), '333');
      await poll(() => watching.text().includes('it does not compile'));
      watching.abort();
      await watching.ended;
    });
  });

  it('refuses what has no files, and what is not installed', async () => {
    const node = new FakeNode();
    node.bundles = [bundleOf(2, 'x', '1.0.0', { location: 'npm:x@1' })];
    expect((await rejection(node.run('bundle:watch x'))).code).to.equal('STAVE_COMMAND_USAGE');
    expect((await rejection(node.run('bundle:watch ./y'))).code).to.equal('STAVE_BUNDLE_UNKNOWN');
  });
});

import { expect } from 'chai';
import { parseArguments } from 'stave/console/language/parse-arguments.js';
import { commandOf, output, registryOf, sessionOf } from '../console-fixture.js';
import { rejection } from '../rejection.js';

const command = commandOf('feature:install', () => 'done', {
  description: 'Install features',
  arguments: [
    { name: 'first', description: 'The first one', complete: (prefix) => [`${prefix}-a`, 'other', 'gr eet'] },
    { name: 'rest', description: 'More of them', many: true, optional: true },
  ],
  options: [
    { name: 'simulate', short: 't', description: 'Only plan' },
    { name: 'reverse', short: 'r', description: 'Turn round' },
    { name: 'level', short: 'n', value: 'number', description: 'How many' },
  ],
});

function parse(...words: string[]): { arguments: object; options: object } {
  const parsed = parseArguments(command, words);
  return { arguments: { ...parsed.arguments }, options: { ...parsed.options } };
}

function refusal(...words: string[]): string {
  try {
    parseArguments(command, words);
  } catch (error) {
    return String(error);
  }
  return 'not refused';
}

describe('console/language: arguments against a spec', () => {
  it('sorts words into named arguments, the last may take many', () => {
    expect(parse('a').arguments).to.deep.equal({ first: 'a', rest: [] });
    expect(parse('a', 'b', 'c').arguments).to.deep.equal({ first: 'a', rest: ['b', 'c'] });
  });

  it('reads options in every form, wherever they stand', () => {
    expect(parse('--simulate', 'a', '--level', '5').options).to.deep.equal({ simulate: true, level: '5' });
    expect(parse('a', '--level=5', '-tr').options).to.deep.equal({
      level: '5',
      simulate: true,
      reverse: true,
    });
    expect(parse('-n5', 'a').options).to.deep.equal({ level: '5' });
    expect(parse('-rn', '5', 'a').options).to.deep.equal({ reverse: true, level: '5' });
    expect(parse('--level=', 'a').options).to.deep.equal({ level: '' });
  });

  it('takes everything after -- as arguments, and - as one', () => {
    expect(parse('--', '--simulate', '-n').arguments).to.deep.equal({ first: '--simulate', rest: ['-n'] });
    expect(parse('-').arguments).to.deep.equal({ first: '-', rest: [] });
  });

  it('refuses what does not fit, naming what is near', () => {
    expect(refusal()).to.contain('the argument FIRST is missing');
    expect(refusal('a', '--simulat')).to.contain('there is no option --simulat; did you mean --simulate?');
    expect(refusal('a', '-x')).to.contain(
      'there is no option -x; write -- before a word that begins with a dash, or see feature:install --help',
    );
    expect(refusal('a', '--level')).to.contain('--level needs a value NUMBER');
    expect(refusal('a', '-n')).to.contain('-n needs a value NUMBER');
    expect(refusal('a', '--simulate=yes')).to.contain('takes no value');
    expect(refusal('a', '--__proto__')).to.contain('there is no option --__proto__');
    expect(refusal('x'.repeat(10))).to.equal('not refused');
  });

  it('asks whether an argument too many is the value of an option, where there are such', () => {
    const options = [{ name: 'pid', short: 'p', value: 'pid', description: 'Which' }];
    const list = commandOf('config:property-list', () => 'done', { options });
    expect(() => parseArguments(list, ['acme.greeter'])).to.throw(
      "'acme.greeter' is one argument too many; is one of them the value of --pid? see config:property-list --help",
    );
  });

  it('refuses an argument too many', async () => {
    const none = commandOf('a:none', () => 'done');
    const error = await rejection(output('none x', [none]));
    expect(error.code).to.equal('STAVE_COMMAND_USAGE');
    expect(error.message).to.equal("a:none: 'x' is one argument too many; see a:none --help");
  });

  it('shows help made from the spec, also when arguments are missing', async () => {
    expect(await output('install --help', [command])).to.equal(
      [
        'DESCRIPTION',
        '  feature:install',
        '  Install features',
        '',
        'SYNTAX',
        '  feature:install [OPTIONS] FIRST [REST…]',
        '',
        'ARGUMENTS',
        '  FIRST  The first one',
        '  REST   More of them (may be left out)',
        '',
        'OPTIONS',
        '  -t, --simulate      Only plan',
        '  -r, --reverse       Turn round',
        '  -n, --level NUMBER  How many',
        '  --help              Show this help',
        '  --json              Show a list as JSON',
        '',
      ].join('\n'),
    );
  });

  it('leaves --help and --json to a command that has them itself', async () => {
    const own = commandOf('a:own', ({ options }) => `json ${options.json}`, {
      options: [{ name: 'json', value: 'file', description: 'A file' }],
    });
    expect(await output('own --json x', [own])).to.equal('json x\n');
  });
});

describe('console/language: completion', () => {
  const complete = (
    text: string,
    commands = [command, commandOf('bundle:list', () => undefined)],
  ): Promise<unknown> => {
    const session = sessionOf();
    session.variables.set('NAME', '1');
    session.aliases.clear();
    session.aliases.set('bye', 'logout');
    return registryOf(commands).complete(text, session);
  };

  it('suggests commands by full and bare name, and aliases', async () => {
    expect(await complete('b')).to.deep.equal({ candidates: ['bundle:list', 'bye'], replace: 1 });
    expect(await complete('echo x; feature:')).to.deep.equal({ candidates: ['feature:install'], replace: 8 });
    expect(await complete('A=$(ins')).to.deep.equal({ candidates: ['install'], replace: 3 });
  });

  it('suggests options, arguments and variables', async () => {
    expect(await complete('install --s')).to.deep.equal({ candidates: ['--simulate'], replace: 3 });
    expect(await complete('install x')).to.deep.equal({ candidates: ['x-a'], replace: 1 });
    expect(await complete('install -n 5 ot')).to.deep.equal({ candidates: ['ot-a', 'other'], replace: 2 });
    expect(await complete("install 'gr e")).to.deep.equal({
      candidates: ["'gr eet'", "'gr e-a'"].sort(),
      replace: 5,
    });
    expect(await complete('install "$NA')).to.deep.equal({ candidates: ['NAME'], replace: 2 });
  });

  it('suggests nothing for an unknown command, the value of an option, or when a command fails to suggest', async () => {
    expect(await complete('nobody x')).to.deep.equal({ candidates: [], replace: 0 });
    expect(await complete('install -n ')).to.deep.equal({ candidates: [], replace: 0 });
    const broken = commandOf('a:broken', () => undefined, {
      arguments: [{ name: 'x', description: '', complete: () => Promise.reject(new Error('no')) }],
    });
    expect(await complete('broken ', [broken])).to.deep.equal({ candidates: [], replace: 0 });
  });
});

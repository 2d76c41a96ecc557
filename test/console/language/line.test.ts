import { type Command, StaveError } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { exitStatusOf } from 'stave/console/language/exit-status.js';
import { linesOf, quoteWord } from 'stave/console/language/quote.js';
import { commandOf, fail, output, registryOf, sessionOf, showInput, showWords } from '../console-fixture.js';
import { rejection } from '../rejection.js';

const COMMANDS = [showWords, showInput, fail];
const run = (line: string, session = sessionOf()): Promise<string> => output(line, COMMANDS, session);

describe('console/language: words of a line', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['words a  b\tc', '<a><b><c>'],
    ["words 'a b' 'it''s'", '<a b><its>'],
    [`words "a b" 'a "b"'`, '<a b><a "b">'],
    [`words 'a $X \\n'`, '<a $X \\n>'],
    ['words "tab\\tend\\"\\\\\\$X"', '<tab\tend"\\$X>'],
    ['words "\\d+"', '<\\d+>'],
    ['words a\\ b \\$X \\\\', '<a b><$X><\\>'],
    ['words \'\' ""', '<><>'],
    ['words pre\'fix\'"ed"', '<prefixed>'],
    ['words a#b #c d', '<a#b>'],
    ['words a \\\n b', '<a><b>'],
    ['# only a comment', ''],
    ['', ''],
    ['words greeter/[1.0,2.0) (a=1) (&(a=1)(b=2))', '<greeter/[1.0,2.0)><(a=1)><(&(a=1)(b=2))>'],
    ['words $ $1 a$', '<$><$1><a$>'],
    ['words -- --option', '<--option>'],
  ];
  for (const [line, expected] of cases) {
    it(`reads ${JSON.stringify(line)}`, async () => {
      expect(await run(line)).to.equal(expected === '' ? '' : `${expected}\n`);
    });
  }

  it('fills in variables, and splits those that are not quoted', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the language's own
    expect(await run('A=1; B="x y"; words $A ${B} "$B" "<$A>" p$B')).to.equal('<1><x><y><x y><<1>><px><y>\n');
  });

  it('drops a word that is only an unknown variable, unless it is quoted', async () => {
    expect(await run('words a $NONE b "$NONE"')).to.equal('<a><b><>\n');
  });

  it('does not split the value of an assignment', async () => {
    expect(await run('A=$(words x y); words "$A"')).to.equal('<<x><y>>\n');
    expect(await run('B="x y"; A=$B; words "$A"')).to.equal('<x y>\n');
  });

  it('puts the output of $(…) in its place, without its last line breaks, also inside itself', async () => {
    expect(await run('words $(words $(words a))')).to.equal('<<<a>>>\n');
    expect(await run('words "<$(words a | input)>"')).to.equal('<<[<a>\n]>>\n');
  });

  it('reads back every word that it has quoted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), async (words) => {
        let seen: readonly string[] = [];
        const keep = commandOf(
          'shell:keep',
          ({ arguments: given }) => {
            seen = given.words as readonly string[];
          },
          { arguments: [{ name: 'words', description: '', many: true, optional: true }] },
        );
        await output(['keep --', ...words.map(quoteWord)].join(' '), [keep]);
        expect(seen).to.deep.equal(words);
      }),
    );
  });

  it('takes arguments of a program as one command, or as one line each when one contains a blank', () => {
    expect(linesOf(['bundle:list', '-l'])).to.deep.equal(['bundle:list -l']);
    expect(linesOf(['echo', "a'b", '$X'])).to.deep.equal(["echo 'a'\\''b' '$X'"]);
    expect(linesOf(['bundle:list -l', 'version'])).to.deep.equal(['bundle:list -l', 'version']);
    expect(linesOf([])).to.deep.equal([]);
  });
});

describe('console/language: steps of a line', () => {
  it('runs ; and newline in order, and ends at the first failure', async () => {
    expect(await run('words a; words b\nwords c;;\n')).to.equal('<a>\n<b>\n<c>\n');
    const error = await rejection(run('fail; words never'));
    expect(error.code).to.equal('STAVE_COMMAND_FAILED');
    expect(error.message).to.contain('it broke').and.to.contain('shell:fail');
  });

  it('runs && after success and || after failure', async () => {
    expect(await run('words a && words b')).to.equal('<a>\n<b>\n');
    expect(await run('words a || words b')).to.equal('<a>\n');
    expect(await run('fail || words b')).to.equal('<b>\n');
    expect(await run('fail && words a || words b; words c')).to.equal('<b>\n<c>\n');
    expect((await rejection(run('words a && fail'))).code).to.equal('STAVE_COMMAND_FAILED');
  });

  it('tells the error that || passes over', async () => {
    const errors: string[] = [];
    await registryOf(COMMANDS).execute('fail || words b', sessionOf(), {
      signal: new AbortController().signal,
      write: () => undefined,
      writeError: (text) => errors.push(text),
    });
    expect(errors.join('')).to.match(/^STAVE_COMMAND_FAILED: .*it broke/);
  });

  it('brings the output of one command to the next through a pipe, over a line break too', async () => {
    expect(await run('words a | input |\n input')).to.equal('[[<a>\n]\n]\n');
  });

  it('replaces aliases, their own name inside them left alone', async () => {
    const session = sessionOf();
    session.aliases.set('w', 'words one');
    session.aliases.set('words', 'words zero');
    session.aliases.set('both', 'words a; words b | input');
    expect(await run('w two', session)).to.equal('<zero><one><two>\n');
    expect(await run('both', session)).to.equal('<zero><a>\n[<zero><b>\n]\n');
    expect(await run("'words' x", session)).to.equal('<x>\n');
  });

  for (const line of [
    "words 'a",
    'words "a',
    'words $(words',
    'words ${A',
    'a &&',
    '| a',
    'a && && b',
    'a & b',
  ])
    it(`refuses ${line} as wrong syntax`, async () => {
      const error = await rejection(run(line));
      expect(error.code).to.equal('STAVE_COMMAND_SYNTAX');
      expect(exitStatusOf(error)).to.equal(2);
    });

  it('refuses words after an assignment', async () => {
    expect((await rejection(run('A=1 words a'))).message).to.contain('assignment of A');
  });

  it('ends a line whose aliases multiply, and lets the node work meanwhile', async () => {
    const session = sessionOf();
    for (let n = 0; n < 40; n += 1) session.aliases.set(`a${n}`, `a${n + 1}; a${n + 1}`);
    session.aliases.set('a40', 'words');
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    try {
      expect((await rejection(run('a0', session))).code).to.equal('STAVE_LIMIT_EXCEEDED');
    } finally {
      clearInterval(timer);
    }
    expect(turns).to.be.greaterThan(0);
  });

  it('ends a line whose text grows without end', async () => {
    const line = `A=xxxxxxxxxxxxxxxx\n${'A=$A$A$A$A\n'.repeat(20)}`;
    expect((await rejection(run(line))).code).to.equal('STAVE_LIMIT_EXCEEDED');
  });

  it('answers any input with a result or a coded error', async () => {
    const pieces = fc.constantFrom(
      ...[
        'words',
        'input',
        'fail',
        'A=',
        '$A',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the language's own
        '${A}',
        '$(',
        ')',
        "'",
        '"',
        '\\',
        ';',
        '&&',
        '||',
        '|',
        '&',
        '#',
      ],
      ...['\n', ' ', '-', '--', '--help', '--json', 'x', '((', '\u0000', '💥', '${', 'shell:'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (line) => {
        try {
          await run(line);
        } catch (error) {
          expect(error).to.be.instanceOf(StaveError);
        }
        const completion = await registryOf(COMMANDS).complete(line, sessionOf());
        expect(completion.replace).to.be.within(0, line.length);
      }),
      { numRuns: 300 },
    );
  });

  it('reads long lines of every kind', async () => {
    for (const piece of ['$(', "'", '"$A', 'a ', 'a;', 'a|', '\\', '(', '$A', '&&', '#', '${']) {
      const line = `words ${piece.repeat(30_000 / piece.length)}`;
      await run(line).catch((error: unknown) => expect(error).to.be.instanceOf(StaveError));
      await registryOf(COMMANDS).complete(line, sessionOf());
    }
  });
});

describe('console/language: finding and running commands', () => {
  const commands: Command[] = [
    commandOf('bundle:list', () => 'bundles'),
    commandOf('feature:list', () => 'features'),
    commandOf('feature:install', () => 'installed'),
    commandOf('log:tail', () => 'log'),
    commandOf('shell:tail', () => 'tail'),
  ];

  it('calls a command by its full name, by a unique bare name, and one of shell before others', async () => {
    expect(await output('bundle:list', commands)).to.equal('bundles\n');
    expect(await output('install', commands)).to.equal('installed\n');
    expect(await output('tail', commands)).to.equal('tail\n');
  });

  it('names the nearest command for one that is unknown, and all for one that is ambiguous', async () => {
    const unknown = await rejection(output('feature:instal', commands));
    expect(unknown.code).to.equal('STAVE_COMMAND_UNKNOWN');
    expect(unknown.message).to.equal(
      'there is no command feature:instal; did you mean feature:install? see help',
    );
    expect(exitStatusOf(unknown)).to.equal(2);
    expect((await rejection(output('list', commands))).message).to.contain('bundle:list, feature:list');
    expect((await rejection(output('bundle:install', commands))).message).to.contain('feature:install');
    expect((await rejection(output('inst', commands))).message).to.contain('did you mean install?');
    expect((await rejection(output('xyzzy', commands))).message).to.contain('see help');
  });

  it('sees commands come and go, the first of two with one name wins', async () => {
    const first = commandOf('a:b', () => 'first');
    const live = [first, commandOf('a:b', () => 'second')];
    expect(await output('a:b', live)).to.equal('first\n');
    live.shift();
    expect(await output('a:b', live)).to.equal('second\n');
    live.shift();
    expect((await rejection(output('a:b', live))).code).to.equal('STAVE_COMMAND_UNKNOWN');
  });

  it('ends at once when it is aborted, though the command does not listen', async () => {
    const controller = new AbortController();
    let late: (() => void) | undefined;
    const stuck = commandOf('x:stuck', async (invocation) => {
      late = () => invocation.write('late');
      controller.abort();
      await new Promise(() => undefined);
    });
    let text = '';
    const running = registryOf([stuck, showWords]).execute('stuck || words no; words no', sessionOf(), {
      signal: controller.signal,
      write: (more) => {
        text += more;
      },
    });
    const error = await rejection(running);
    late?.();
    expect(error.code).to.equal('STAVE_ABORTED');
    expect(exitStatusOf(error)).to.equal(1);
    expect(text).to.equal('');
  });

  it('counts a command as done that ends by itself when it is aborted, but runs nothing after it', async () => {
    const follow = commandOf('x:follow', async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return 'done';
    });
    let text = '';
    const run = (line: string): Promise<void> => {
      const controller = new AbortController();
      const running = registryOf([follow, showWords]).execute(line, sessionOf(), {
        signal: controller.signal,
        write: (more) => {
          text += more;
        },
      });
      setImmediate(() => controller.abort());
      return running;
    };
    await run('follow');
    expect(text).to.equal('done\n');
    expect((await rejection(run('follow; words no'))).code).to.equal('STAVE_ABORTED');
    expect(text).to.equal('done\ndone\n');
  });

  it('lets a StaveError of a command through as it is', async () => {
    const own = commandOf('x:own', () => {
      throw new StaveError('STAVE_BUNDLE_UNKNOWN', 'there is no bundle x');
    });
    expect((await rejection(output('own', [own]))).code).to.equal('STAVE_BUNDLE_UNKNOWN');
  });
});

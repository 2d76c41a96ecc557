import type { Table } from '@stave/api';
import { expect } from 'chai';
import { tableText } from 'stave/console/language/table-text.js';
import { commandOf, output, sessionOf } from '../console-fixture.js';

const table: Table = {
  columns: ['ID', 'State', 'Start Level', 'Name'],
  rows: [
    [1, 'ACTIVE', 80, '@acme/greeter'],
    [12, 'RESOLVED', 5, 'clock'],
  ],
};
const list = commandOf('bundle:list', () => table);

describe('console/language: tables', () => {
  it('aligns columns, numbers to the right', () => {
    expect(tableText(table)).to.equal(
      [
        'ID  State     Start Level  Name',
        ' 1  ACTIVE             80  @acme/greeter',
        '12  RESOLVED            5  clock',
        '',
      ].join('\n'),
    );
  });

  it('cuts the widest columns to the width of an interactive terminal', async () => {
    const wide = commandOf('a:wide', () => ({ columns: ['A', 'B'], rows: [['short', 'x'.repeat(100)]] }));
    const session = sessionOf({ interactive: true, columns: 20 });
    expect(await output('wide', [wide], session)).to.equal(`A      B\nshort  ${'x'.repeat(12)}…\n`);
  });

  it('cuts nothing in a script, a pipe or a variable', async () => {
    const long = 'x'.repeat(300);
    const wide = commandOf('a:wide', () => ({ columns: ['A'], rows: [[long]] }));
    const input = commandOf('a:input', (invocation) => invocation.input);
    expect(await output('wide', [wide])).to.contain(long);
    const session = sessionOf({ interactive: true, columns: 20 });
    expect(await output('wide | input', [wide, input], session)).to.contain(long);
    expect(await output('X=$(wide)', [wide], session)).to.equal('');
    expect(session.variables.get('X')).to.contain(long);
  });

  it('never is wider than a terminal that has room for its columns', () => {
    for (const columns of [26, 30, 31, 40, 60]) {
      const lines = tableText({ ...table, rows: [[1, 'x'.repeat(90), 'y'.repeat(70), 'z']] }, columns).split(
        '\n',
      );
      for (const line of lines) expect(line.length, line).to.be.at.most(columns);
    }
  });

  it('shows values of every kind on one line, without control characters', () => {
    const text = tableText({
      columns: ['V'],
      rows: [[null], [true], [false], [['a', 1]], [{ k: 'v', n: 2 }], ['two\nlines \u001b[31mred']],
    });
    expect(text).to.equal('V\n\nyes\n\na, 1\nk=v, n=2\ntwo lines  [31mred\n');
  });

  it('counts wide characters as two', () => {
    expect(
      tableText({
        columns: ['A', 'B'],
        rows: [
          ['日本', 'x'],
          ['a', 'y'],
        ],
      }),
    ).to.equal('A     B\n日本  x\na     y\n');
  });

  it('says something for an empty table', () => {
    expect(tableText({ columns: ['A'], rows: [], empty: 'No bundles' })).to.equal('No bundles\n');
  });

  it('gives --json as objects whose fields are the columns in camelCase', async () => {
    expect(JSON.parse(await output('bundle:list --json', [list]))).to.deep.equal([
      { id: 1, state: 'ACTIVE', startLevel: 80, name: '@acme/greeter' },
      { id: 12, state: 'RESOLVED', startLevel: 5, name: 'clock' },
    ]);
    const empty = commandOf('a:empty', () => ({ columns: ['A'], rows: [], empty: 'None' }));
    expect(await output('empty --json', [empty])).to.equal('[]\n');
    const text = commandOf('a:text', () => 'two\nlines');
    expect(JSON.parse(await output('text --json', [text]))).to.equal('two\nlines');
  });
});

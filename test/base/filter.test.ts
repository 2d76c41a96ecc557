import { StaveError } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { compileFilter, equalitiesOf } from 'stave/base/filter.js';

function positionOf(filter: string): unknown {
  try {
    compileFilter(filter);
  } catch (error) {
    return (error as StaveError).details.position;
  }
  return undefined;
}

const escaped = (value: string): string => value.replace(/[\\*()]/g, '\\$&');

describe('base/filter', () => {
  it('names the position of an error', () => {
    expect(positionOf('(a=1')).to.equal(5);
    expect(positionOf('(&(a=1)(b))')).to.equal(10);
    expect(positionOf('(a=1)(b=2)')).to.equal(6);
    expect(() => compileFilter('(a=1')).to.throw(StaveError, 'the closing parenthesis is missing');
  });

  it('finds a property by any case, its own case first', () => {
    expect(compileFilter('(Name=b)')({ name: 'a', Name: 'b' })).to.equal(true);
    expect(compileFilter('(NAME=a)')({ name: 'a' })).to.equal(true);
  });

  it('does not see what properties inherit', () => {
    expect(compileFilter('(constructor=*)')({})).to.equal(false);
    expect(compileFilter('(toString=x)')({})).to.equal(false);
  });

  it('takes null as absent', () => {
    expect(compileFilter('(a=*)')({ a: null })).to.equal(false);
    expect(compileFilter('(!(a=*))')({ a: null })).to.equal(true);
  });

  it('matches any element of a set', () => {
    expect(compileFilter('(a=2)')({ a: new Set(['1', '2']) })).to.equal(true);
  });

  it('matches no value of an unknown kind, save as present', () => {
    expect(compileFilter('(a=[object Object])')({ a: {} })).to.equal(false);
    expect(compileFilter('(a=*)')({ a: {} })).to.equal(true);
  });

  it('takes no number from a text that is none', () => {
    for (const text of ['', '0x10', 'Infinity', '1_0'])
      expect(compileFilter(`(n<=${text})`)({ n: 0 }), text).to.equal(false);
  });

  it('takes a star after >=, <= and ~= as a star', () => {
    expect(compileFilter('(s>=a*)')({ s: 'a*' })).to.equal(true);
    expect(compileFilter('(s~=A*)')({ s: 'a*' })).to.equal(true);
  });

  it('refuses a filter that is nested without end', () => {
    const depth = 100_000;
    expect(() => compileFilter(`${'(!'.repeat(depth)}(a=1)${')'.repeat(depth)}`)).to.throw(
      StaveError,
      'too deep',
    );
  });

  it('matches every text that it is given escaped', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(compileFilter(`(v=${escaped(value)})`)({ v: value })).to.equal(true);
      }),
    );
  });

  it('matches a text by any pieces of it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { minLength: 2, maxLength: 5 }), (pieces) => {
        const filter = compileFilter(`(v=x${pieces.map(escaped).join('*')})`);
        expect(filter({ v: `x${pieces.join('')}` })).to.equal(true);
        expect(filter({ v: `x${pieces.join('--')}` })).to.equal(true);
        expect(filter({ v: `y${pieces.join('')}` })).to.equal(false);
      }),
    );
  });

  it('negates, whatever the properties', () => {
    const properties = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', 2, true, ['1'], null));
    fc.assert(
      fc.property(
        properties,
        fc.constantFrom('(a=1)', '(a>=1)', '(a=1*)', '(a~=1)', '(a=*)'),
        (values, filter) => {
          expect(compileFilter(`(!${filter})`)(values)).to.equal(!compileFilter(filter)(values));
        },
      ),
    );
  });

  it('throws nothing but coded errors, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'()&|!=<>~*\\ ab') }), (text) => {
        try {
          compileFilter(text)({ a: 'b' });
        } catch (error) {
          expect(error).to.have.property('code', 'STAVE_FILTER_INVALID');
        }
      }),
    );
  });

  it('tells the equalities that an index can use', () => {
    expect([...equalitiesOf('(&(Type=json)(n>=2)(&(b=\\*))(|(c=1)(d=2))(!(e=1))(f=x*))')]).to.deep.equal([
      ['type', 'json'],
      ['b', '*'],
    ]);
  });
});

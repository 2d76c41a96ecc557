import { expect } from 'chai';
import fc from 'fast-check';
import { locateJson, placeAt } from 'stave/features/json-places.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('features/json-places', () => {
  it('takes for JSON what JSON.parse takes, whatever the text', () => {
    const damaged = fc
      .tuple(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', ']', '\\', ' ', '1', '\n', 'x'),
      )
      .map(([text, at, put]) => {
        const offset = at % (text.length + 1);
        return text.slice(0, offset) + put + text.slice(offset + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json({ maxDepth: 4 }), damaged, fc.string()), (text) => {
        expect('places' in locateJson(text)).to.equal(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('finds where each value begins', () => {
    const text = '{ "a/b": [ 1, {"c": true} ] }';
    const located = locateJson(text);
    if (!('places' in located)) throw new Error('this is JSON');
    const beginnings = [...located.places].map(([pointer, offset]) => [
      pointer,
      text.slice(offset, offset + 4),
    ]);
    expect(beginnings).to.deep.equal([
      ['', '{ "a'],
      ['/a~1b', '[ 1,'],
      ['/a~1b/0', '1, {'],
      ['/a~1b/1', '{"c"'],
      ['/a~1b/1/c', 'true'],
    ]);
  });

  it('counts lines and columns from 1', () => {
    expect(placeAt('ab\ncd', 0)).to.deep.equal({ line: 1, column: 1 });
    expect(placeAt('ab\ncd', 4)).to.deep.equal({ line: 2, column: 2 });
  });
});

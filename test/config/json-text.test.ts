import { expect } from 'chai';
import fc from 'fast-check';
import { JsonText } from 'stave/config/json-text.js';

function read(text: string): JsonText {
  return JsonText.read(text, 'etc/test.cfg.json');
}

const jsonObject = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 });
const indentation = fc.constantFrom(undefined, 2, 4, '\t');

describe('config/JsonText', () => {
  it('gives any object back byte for byte and as JSON.parse reads it', () => {
    fc.assert(
      fc.property(jsonObject, indentation, (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        expect(read(text).toString()).to.equal(text);
        expect(Object.fromEntries(read(text).values())).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('writes what JSON.stringify would have written, in any indentation', () => {
    fc.assert(
      fc.property(
        jsonObject,
        fc.string({ maxLength: 6 }),
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom(2, 4, '\t'),
        (object, key, raw, indent) => {
          fc.pre(Object.keys(object).length > 0);
          fc.pre([...Object.keys(object), key].every((name) => !/^\d+$/.test(name)));
          const value = JSON.parse(JSON.stringify(raw)) as never;
          const text = read(JSON.stringify(object, null, indent));
          text.set(key, value);
          const expected = Object.fromEntries([
            ...Object.entries(JSON.parse(JSON.stringify(object)) as object),
            [key, value],
          ]);
          expect(text.toString()).to.equal(JSON.stringify(expected, null, indent));
        },
      ),
    );
  });

  it('reads back what is left after members were removed', () => {
    fc.assert(
      fc.property(jsonObject, indentation, fc.nat(), (object, indent, n) => {
        const keys = Object.keys(object);
        fc.pre(keys.length > 0);
        const key = keys[n % keys.length]!;
        const text = read(JSON.stringify(object, null, indent));
        text.remove(key);
        const expected = Object.fromEntries(Object.entries(object).filter(([other]) => other !== key));
        expect(JSON.parse(text.toString())).to.deep.equal(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });

  it('leaves numbers and layout of untouched members as they are', () => {
    const text = read('{\n  "big": 12345678901234567890,\n  "x" :1.0,\n\n  "y": [1,\n 2]\n}\n');
    text.set('x', 2);
    expect(text.toString()).to.equal('{\n  "big": 12345678901234567890,\n  "x" :2,\n\n  "y": [1,\n 2]\n}\n');
  });

  it('starts a new text with two blanks and a final line end', () => {
    const text = read('{}\n');
    text.set('a', { b: [1] });
    text.set('c', true);
    expect(text.toString()).to.equal('{\n  "a": {\n    "b": [\n      1\n    ]\n  },\n  "c": true\n}\n');
  });

  for (const [text, line] of [
    ['', 1],
    ['[]', 1],
    ['{\n  "a": 1,\n}', 3],
    ['{\n  "a": 1\n  "b": 2\n}', 3],
    ['{"a": 01}', 1],
    ['{"a": "x\ny"}', 1],
    ['{"a": 1} x', 1],
    ['{\n// comment\n"a": 1}', 2],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} naming line ${line}`, () => {
      expect(() => read(text))
        .to.throw()
        .that.deep.includes({ code: 'STAVE_CONFIG_SYNTAX', details: { line } });
    });
  }

  it('refuses what JSON.parse refuses, and nothing else', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\n"',
      '"',
      '1',
      '-0.5e3',
      '01',
      'true',
      'nul',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = `{"k":${pieces.join('')}}`;
        const parses = (parse: () => unknown): boolean => {
          try {
            parse();
            return true;
          } catch {
            return false;
          }
        };
        expect(parses(() => read(text))).to.equal(parses(() => JSON.parse(text)));
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses values nested without end, and takes long strings', () => {
    expect(() => read(`{"a": ${'['.repeat(100_000)}`)).to.throw('nested deeper');
    const long = JSON.stringify({ a: 'é"\\'.repeat(250_000) });
    expect(read(long).toString()).to.equal(long);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of cfg texts
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { CfgText } from 'stave/config/cfg-text.js';

const DATA = fileURLToPath(new URL('../../data/etc', import.meta.url));
const FILES = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.cfg'),
);
const EXPECTED = JSON.parse(readFileSync(join(DATA, 'expected.json'), 'utf8')) as {
  files: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

function content(name: string): string {
  return readFileSync(join(DATA, name), 'utf8');
}

function read(text: string): CfgText {
  return CfgText.read(text, 'etc/test.cfg');
}

function reading(text: string): Record<string, string> {
  return Object.fromEntries(read(text).values());
}

/** Texts out of everything that has a meaning in a `.cfg`. */
const cfgText = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'key',
      '=',
      ':',
      ' ',
      '\t',
      '\f',
      '\\',
      '#',
      '!',
      '\n',
      '\r\n',
      '\r',
      'é',
      '${a}',
      'u0041',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
const anyKey = fc.string({ unit: 'binary', maxLength: 8 });
const anyValue = fc.string({ unit: 'binary', maxLength: 12 });

function readable(text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}

describe('config/CfgText', () => {
  for (const name of FILES) {
    it(`reads ${name} as Java does and gives it back byte for byte`, () => {
      expect(reading(content(name))).to.deep.equal(EXPECTED.files[name]);
      expect(read(content(name)).toString()).to.equal(content(name));
    });
  }

  it('changes only the lines of the changed key in real files', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.nat(), anyValue, (name, n, value) => {
        const text = content(name);
        const keys = Object.keys(reading(text));
        if (keys.length === 0) return;
        const key = keys[n % keys.length]!;
        const document = read(text);
        document.set(key, value);
        const written = document.toString();
        expect(reading(written)).to.deep.equal({ ...reading(text), [key]: value });
        if (value === reading(text)[key]) expect(written).to.equal(text);
        const old = new Set(text.split('\n'));
        expect(written.split('\n').filter((line) => !old.has(line)).length).to.be.at.most(1);
      }),
    );
  });

  it('gives any text back byte for byte', () => {
    fc.assert(
      fc.property(cfgText.filter(readable), (text) => {
        expect(read(text).toString()).to.equal(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back whatever is set in whatever text, and leaves the other properties alone', () => {
    fc.assert(
      fc.property(cfgText.filter(readable), anyKey, anyValue, (text, key, value) => {
        const document = read(text);
        document.set(key, value);
        const expected = new Map(read(text).values()).set(key, value);
        expect(new Map(read(document.toString()).values())).to.deep.equal(expected);
        expect(new Map(document.values())).to.deep.equal(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back every other property after one was removed', () => {
    fc.assert(
      fc.property(cfgText.filter(readable), fc.nat(), (text, n) => {
        const keys = [...read(text).values().keys()];
        if (keys.length === 0) return;
        const document = read(text);
        const key = keys[n % keys.length]!;
        document.remove(key);
        const expected = new Map(read(text).values());
        expected.delete(key);
        expect(new Map(read(document.toString()).values())).to.deep.equal(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('names the line of a bad escape', () => {
    expect(() => read('# c\n\na=1\nb=\\u00x1\n'))
      .to.throw('etc/test.cfg: line 4')
      .with.nested.property('details.line', 4);
  });

  it('knows the line of a property, the last of two equal ones', () => {
    const document = read('# c\na=1\nb=x\\\n  y\n\na=2\n');
    expect(document.line('a')).to.equal(6);
    expect(document.line('b')).to.equal(3);
    expect(document.line('c')).to.equal(undefined);
  });

  it('keeps a byte order mark, which is no part of the first key', () => {
    const document = read('\ufeffa=1\n');
    expect(document.values().get('a')).to.equal('1');
    document.set('a', '2');
    expect(document.toString()).to.equal('\ufeffa = 2\n');
  });

  it('ends an open continuation before it adds a line', () => {
    for (const text of ['a=x\\', 'a=x\\\n', 'a=x\\\r\n']) {
      const document = read(text);
      document.set('b', '2');
      expect(reading(document.toString())).to.deep.equal({ a: 'x', b: '2' });
    }
  });

  it('treats names of Object.prototype as any other key', () => {
    const text = '__proto__=1\nconstructor=2\n';
    expect(Object.keys(reading(text))).to.deep.equal(['__proto__', 'constructor']);
    expect(read(text).values().get('toString')).to.equal(undefined);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of cfg texts
import { expect } from 'chai';
import fc from 'fast-check';
import { writtenValue } from 'stave/config/configuration-values.js';
import { interpolate } from 'stave/config/interpolate.js';

const NONE = { env: {}, system: {} };

function fill(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(interpolate(new Map(Object.entries(values)), NONE));
}

describe('config/interpolate', () => {
  it('gives back exactly the value that was written as text', () => {
    const value = fc
      .array(fc.constantFrom('$', '{', '}', '\\', 'x', ':-', '${', '${x}', 'é'), { maxLength: 12 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(value, (text) => {
        expect(fill({ x: 'X', a: writtenValue(text, true) }).a).to.equal(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('names the property whose value goes in a circle over three', () => {
    expect(() => fill({ x: '${a}', a: '${b}', b: '${c}', c: '${a}' }))
      .to.throw('refers to itself')
      .that.deep.includes({ code: 'STAVE_CONFIG_RECURSIVE', details: { property: 'a' } });
  });

  it('stops values that double themselves again and again', () => {
    const values = Object.fromEntries(
      Array.from({ length: 64 }, (_, n) => [`k${n}`, `\${k${n + 1}}\${k${n + 1}}`]),
    );
    expect(() => fill({ ...values, k64: 'boom' }))
      .to.throw()
      .with.property('code', 'STAVE_LIMIT_EXCEEDED');
  });

  it('stops a chain without end', () => {
    const values = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, `\${k${n + 1}}`]));
    expect(() => fill(values))
      .to.throw()
      .with.property('code', 'STAVE_LIMIT_EXCEEDED');
  });

  it('takes a long value of opening and closing signs', () => {
    const signs = 100_000;
    expect(fill({ a: '${'.repeat(signs) }).a).to.equal('${'.repeat(signs));
    expect(fill({ a: '${'.repeat(signs) + '}'.repeat(signs) }).a).to.equal('');
  });

  it('knows no variable by a name of Object.prototype', () => {
    expect(fill({ a: '${constructor}${env:toString}' }).a).to.equal('');
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { joinList, splitList } from 'stave/config/list-text.js';
import { loadSchemaCheck } from 'stave/config/schema-check.js';

const WHERE = 'component Greeter of @acme/greeter';

describe('config/schema-check', () => {
  it('turns strings into the types that the schema names, and fills in defaults', async () => {
    const check = await loadSchemaCheck(
      {
        properties: {
          port: { type: 'integer', default: 80 },
          ratio: { type: 'number' },
          on: { type: 'boolean' },
          names: { type: 'array', items: { type: 'string' } },
          sizes: { type: 'array', items: { $ref: '#/$defs/size' } },
          more: { type: 'object' },
          either: { type: ['integer', 'string'] },
          greeting: { type: 'string', default: 'hello' },
        },
        $defs: { size: { type: 'integer' } },
      },
      WHERE,
    );
    const given = {
      ratio: '1.5e3',
      on: ' TRUE ',
      names: 'a, "b, c" ,d',
      sizes: '1,2',
      more: '{"x":1}',
      either: 'many',
      unknown: '5',
    };
    expect(check(given)).to.deep.equal({
      ratio: 1500,
      on: true,
      names: ['a', 'b, c', 'd'],
      sizes: [1, 2],
      more: { x: 1 },
      either: 'many',
      unknown: '5',
      port: 80,
      greeting: 'hello',
    });
    expect(given.on).to.equal(' TRUE ');
    expect(check.keys).to.include.members(['port', 'greeting']);
  });

  it('leaves values of a JSON file as they are', async () => {
    const check = await loadSchemaCheck(
      { properties: { a: { type: 'array' }, n: { type: 'number' } } },
      WHERE,
    );
    expect(check({ a: ['x,y'], n: 1.5 })).to.deep.equal({ a: ['x,y'], n: 1.5 });
  });

  for (const [schema, properties, message] of [
    [{ type: 'integer' }, { port: '80x' }, 'property port is "80x", allowed is a value of type integer'],
    [
      { type: 'integer', maximum: 65535 },
      { port: '70000' },
      'property port is "70000", allowed is what must be <= 65535',
    ],
    [{ enum: ['a', 'b'] }, { port: 'c' }, 'property port is "c", allowed is one of "a", "b"'],
    [
      { type: 'array', items: { type: 'integer' } },
      { port: '1,x' },
      'property port is "1,x", allowed (at 1) is a value of type integer',
    ],
    [
      { type: 'integer', format: 'password' },
      { port: 's3cret' },
      'property port is ***, allowed is a value of type integer',
    ],
  ] as const) {
    it(`refuses ${JSON.stringify(properties)} saying what is allowed`, async () => {
      const check = await loadSchemaCheck({ properties: { port: schema } }, WHERE);
      expect(() => check(properties))
        .to.throw(`${WHERE}: ${message}`)
        .that.deep.includes({ code: 'STAVE_CONFIG_REFUSED', details: { property: 'port' } });
    });
  }

  it('names a property that is missing, and one that the schema forbids', async () => {
    const check = await loadSchemaCheck(
      { required: ['port'], properties: { port: {} }, additionalProperties: false },
      WHERE,
    );
    expect(() => check({})).to.throw('property port is missing');
    expect(() => check({ port: 1, prot: 2 })).to.throw('property prot is not known');
  });

  it('reads schemas of draft 2020-12, and refuses what is no schema', async () => {
    const check = await loadSchemaCheck(
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        properties: { a: { type: 'array', prefixItems: [{ const: 'x' }] } },
      },
      WHERE,
    );
    expect(() => check({ a: 'y' })).to.throw('allowed (at 0) is "x"');
    const refusal = await loadSchemaCheck({ type: 'nonsense' }, WHERE).catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'STAVE_MANIFEST_INVALID' });
  });

  it('splits a joined list into the same elements', () => {
    const element = fc.string({ unit: fc.constantFrom('a', ',', '"', '\\', ' ', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(element), (elements) => {
        expect(splitList(joinList(elements))).to.deep.equal(elements);
      }),
      { numRuns: 1000 },
    );
  });

  it('splits at commas outside quotes, trims, and drops what is empty', () => {
    expect(splitList(' a , "b,c", d"e,f"g,, "" ,')).to.deep.equal(['a', 'b,c', 'd"e,f"g', '']);
    expect(splitList('')).to.deep.equal([]);
    expect(splitList('a, "open, b')).to.deep.equal(['a', '"open, b']);
  });
});

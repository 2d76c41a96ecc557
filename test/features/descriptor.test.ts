import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { parseDescriptor } from 'stave/features/descriptor.js';

const URL = 'file:/descriptors/acme.json';

function mistakeOf(text: string): StaveError {
  try {
    parseDescriptor(text, URL);
  } catch (error) {
    if (error instanceof StaveError) return error;
    throw error;
  }
  throw new Error('the descriptor was taken');
}

function mistakeIn(descriptor: object): string {
  const error = mistakeOf(JSON.stringify(descriptor, undefined, 1));
  expect(error.code).to.equal('STAVE_DESCRIPTOR_INVALID');
  expect(error.message).to.include(URL);
  return error.message;
}

describe('features/descriptor', () => {
  it('reads every field', () => {
    const descriptor = parseDescriptor(
      JSON.stringify({
        name: 'acme-1.0.0',
        repositories: ['./other.json'],
        features: [
          {
            name: 'greeter',
            version: '1.0.0',
            description: 'Says hello',
            install: 'manual',
            hidden: true,
            startLevel: 50,
            features: ['log-api', 'web/^2', '@acme/cache/[1.0,2.0)', { name: 'http', version: '^1.0.0' }],
            bundles: [
              'stave:bundles/greeter',
              { location: 'npm:@acme/log@^1.0.0', startLevel: 30, start: false },
            ],
            configs: [{ pid: 'acme.greeter', properties: { greeting: 'hello' } }],
            configFiles: [{ location: './greeter.txt', finalName: 'etc/greeter.txt' }],
            conditionals: [{ condition: ['shell', 'web/^2'], bundles: ['./greeter-commands'] }],
          },
        ],
      }),
      URL,
    );
    expect(descriptor).to.deep.equal({
      name: 'acme-1.0.0',
      repositories: ['./other.json'],
      features: [
        {
          name: 'greeter',
          version: '1.0.0',
          description: 'Says hello',
          install: 'manual',
          hidden: true,
          startLevel: 50,
          features: [
            { name: 'log-api', range: '*' },
            { name: 'web', range: '^2' },
            { name: '@acme/cache', range: '[1.0,2.0)' },
            { name: 'http', range: '^1.0.0' },
          ],
          bundles: [
            { location: 'stave:bundles/greeter' },
            { location: 'npm:@acme/log@^1.0.0', startLevel: 30, start: false },
          ],
          configs: [{ pid: 'acme.greeter', properties: { greeting: 'hello' } }],
          configFiles: [{ location: './greeter.txt', finalName: 'etc/greeter.txt' }],
          conditionals: [
            {
              condition: [
                { name: 'shell', range: '*' },
                { name: 'web', range: '^2' },
              ],
              features: [],
              bundles: [{ location: './greeter-commands' }],
              configs: [],
              configFiles: [],
            },
          ],
        },
      ],
    });
  });

  it('fills in what a short descriptor leaves out', () => {
    const { features, repositories } = parseDescriptor('\uFEFF{"name":"a","features":[{"name":"x"}]}', URL);
    expect(repositories).to.deep.equal([]);
    expect(features[0]).to.deep.include({ version: '0.0.0', install: 'auto', hidden: false, bundles: [] });
  });

  const NOT_JSON: readonly (readonly [what: string, text: string, line: number, column: number])[] = [
    ['a comma too many', '{\n  "name": "a",\n}', 3, 1],
    ['a missing comma', '{ "name": "a"\n  "features": [] }', 2, 3],
    ['a comment', '// hello\n{}', 1, 1],
    ['a text that ends too early', '{\n "name": "a"', 2, 13],
    ['an open string', '{"name": "a\n}', 1, 12],
    ['a wrong escape', '{"name": "\\x"}', 1, 10],
    ['two values', '{} {}', 1, 4],
    ['a wrong number', '{"a": 01}', 1, 7],
    ['nothing', '', 1, 1],
    ['too deep a nesting', `${'['.repeat(5000)}`, 1, 102],
  ];
  for (const [what, text, line, column] of NOT_JSON) {
    it(`says line and column of ${what}`, () => {
      const error = mistakeOf(text);
      expect(error.code).to.equal('STAVE_DESCRIPTOR_INVALID');
      expect(error.message).to.include(`${URL}: line ${line}, column ${column}: `);
    });
  }

  it('names line and place of a mistake', () => {
    const text = '{ "name": "a",\n  "features": [\n    { "name": "x", "bundels": [] } ] }';
    expect(mistakeOf(text).message).to.include(
      `${URL}: line 3, /features/0/bundels: this field is not known`,
    );
  });

  const WRONG: readonly (readonly [what: string, descriptor: object, expected: string])[] = [
    ['no name', { features: [] }, '"name" is missing'],
    ['a feature without a name', { name: 'a', features: [{}] }, '/features/0: "name" is missing'],
    [
      'a name with a blank',
      { name: 'a', features: [{ name: 'x y' }] },
      '/features/0/name: this is not a name',
    ],
    ['a version in short', { name: 'a', features: [{ name: 'x', version: '1.0' }] }, '/features/0/version'],
    ['a wrong range', { name: 'a', features: [{ name: 'x', features: ['y/^a'] }] }, '/features/0/features/0'],
    [
      'a wrong condition',
      { name: 'a', features: [{ name: 'x', conditionals: [{ condition: ['y/^a'] }] }] },
      '/features/0/conditionals/0/condition/0',
    ],
    [
      'a conditional without a condition',
      { name: 'a', features: [{ name: 'x', conditionals: [{ condition: [] }] }] },
      '/features/0/conditionals/0/condition',
    ],
    [
      'a start level that is none',
      { name: 'a', features: [{ name: 'x', bundles: [{ location: 'b', startLevel: 0 }] }] },
      '/features/0/bundles/0/startLevel',
    ],
    [
      'a PID with a slash',
      { name: 'a', features: [{ name: 'x', configs: [{ pid: '../x', properties: {} }] }] },
      '/features/0/configs/0/pid: this is not a PID',
    ],
    [
      'another word for install',
      { name: 'a', features: [{ name: 'x', install: 'never' }] },
      '/features/0/install: must be one of auto, manual',
    ],
    [
      'a prerequisite',
      { name: 'a', features: [{ name: 'x', features: [{ name: 'y', prerequisite: true }] }] },
      '/features/0/features/0/prerequisite: this is not supported yet',
    ],
    ['a list', [], 'line 1, /: must be object'],
  ];
  for (const [what, descriptor, expected] of WRONG) {
    it(`refuses ${what}`, () => expect(mistakeIn(descriptor)).to.include(expected));
  }
});

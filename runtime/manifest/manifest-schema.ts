/** npm's names, one level of scope, no subpath. */
const PACKAGE_NAME = '^(?:@[A-Za-z0-9~-][A-Za-z0-9._~-]{0,200}/)?[A-Za-z0-9~-][A-Za-z0-9._~-]{0,212}$';
const VERSION =
  '^\\d{1,15}\\.\\d{1,15}\\.\\d{1,15}(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z.-]+)?$';
/** Relative and without a step up. */
const PATH_INSIDE = '^(?!/)(?!.*(?:^|/)\\.\\.(?:/|$))[^\\0\\\\]+$';
const PID = '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$';

const packageName = {
  type: 'string',
  pattern: PACKAGE_NAME,
  description: 'the name of a package, such as "@acme/log"',
};
const range = {
  type: 'string',
  maxLength: 256,
  description: 'a version range, such as "^1.2.0" or "[1.0,2.0)"',
};
const flag = { type: 'boolean', description: 'true or false' };
const namespace = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description: 'a name, such as "acme.codec"',
};
const pathInside = (example: string): object => ({
  type: 'string',
  maxLength: 1024,
  pattern: PATH_INSIDE,
  description: `a path inside the bundle, such as "${example}"`,
});

const closedObject = (description: string, required: readonly string[], properties: object): object => ({
  type: 'object',
  description,
  required,
  properties,
  additionalProperties: false,
});

const stave = closedObject('an object', [], {
  activator: pathInside('./src/activator.ts'),
  components: pathInside('./src/components.ts'),
  imports: {
    type: 'object',
    description: 'an object of packages and ranges, such as { "@acme/log": "^1" }',
    propertyNames: packageName,
    additionalProperties: {
      description: 'a range such as "^1", or { "range": "^1", "optional": true }',
      anyOf: [range, closedObject('{ "range": "^1", "optional": true }', [], { range, optional: flag })],
    },
  },
  exports: {
    type: 'array',
    description: 'a list of packages, such as [ "@acme/log" ]',
    items: {
      description: 'the name of a package, or { "name": "@acme/log", "uses": [ "@acme/clock" ] }',
      anyOf: [
        packageName,
        closedObject('{ "name": "@acme/log", "uses": [] }', ['name'], {
          name: packageName,
          uses: { type: 'array', items: packageName, description: 'a list of packages' },
        }),
      ],
    },
  },
  provides: {
    type: 'array',
    description: 'a list of capabilities',
    items: closedObject('{ "namespace": "acme.codec", "attributes": { "type": "json" } }', ['namespace'], {
      namespace: {
        ...namespace,
        pattern: '^(?!stave\\.)',
        description: 'a name, such as "acme.codec", that does not begin with "stave."',
      },
      attributes: { type: 'object', description: 'an object' },
    }),
  },
  requires: {
    type: 'array',
    description: 'a list of requirements',
    items: closedObject('{ "namespace": "acme.codec", "filter": "(type=json)" }', ['namespace'], {
      namespace,
      filter: { type: 'string', description: 'an LDAP filter, such as "(type=json)"' },
      optional: flag,
      effective: { enum: ['resolve', 'active'], description: '"resolve" or "active"' },
    }),
  },
  config: {
    type: 'object',
    description: 'an object of PIDs and schema files, such as { "acme.greeter": "./schema/greeter.json" }',
    propertyNames: { type: 'string', pattern: PID, description: 'a PID, such as "acme.greeter"' },
    additionalProperties: pathInside('./schema/greeter.json'),
  },
  startLevel: { type: 'integer', minimum: 1, maximum: 100_000, description: 'a whole number of 1 or more' },
  singleton: flag,
  isolation: { enum: ['none', 'worker'], description: '"none" or "worker"' },
  loading: { enum: ['chunk', 'files'], description: '"chunk" or "files"' },
});

/** What is checked of a package.json. Each `description` completes the sentence "… must be …". */
export const MANIFEST_SCHEMA = {
  type: 'object',
  description: 'an object',
  required: ['name', 'version'],
  properties: {
    name: packageName,
    version: { type: 'string', maxLength: 256, pattern: VERSION, description: 'a version, such as "1.2.0"' },
    stave,
  },
} as const;

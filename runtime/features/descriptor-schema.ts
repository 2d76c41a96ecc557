import { FEATURE_NAME } from './feature-reference.js';

const text = { type: 'string', minLength: 1 } as const;
const startLevel = { type: 'integer', minimum: 1 } as const;
/** Known words whose meaning is not built: only their default value is taken. */
const notYet = { const: false } as const;

/** A closed object: a word that is not known is a typing error. */
function object(required: readonly string[], properties: Record<string, unknown>) {
  return { type: 'object', additionalProperties: false, required, properties };
}

function listOf(items: unknown) {
  return { type: 'array', items };
}

const bundle = {
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
  then: text,
  else: object(['location'], {
    location: text,
    startLevel,
    start: { type: 'boolean' },
    integrity: text,
    dependency: { type: 'boolean' },
  }),
};

const dependency = {
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
  then: text,
  else: object(['name'], {
    name: { type: 'string', pattern: `^${FEATURE_NAME}$` },
    version: text,
    prerequisite: notYet,
    dependency: notYet,
  }),
};

const configuration = object(['pid', 'properties'], {
  pid: { type: 'string', maxLength: 200, pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*(~[A-Za-z0-9_.-]+)?$' },
  properties: { type: 'object' },
});

const file = object(['location', 'finalName'], { location: text, finalName: text });

const content = {
  features: listOf(dependency),
  bundles: listOf(bundle),
  configs: listOf(configuration),
  configFiles: listOf(file),
};

const feature = object(['name'], {
  name: { type: 'string', pattern: `^${FEATURE_NAME}$` },
  version: text,
  description: { type: 'string' },
  install: { enum: ['auto', 'manual'] },
  hidden: { type: 'boolean' },
  startLevel,
  ...content,
  conditionals: listOf(
    object(['condition'], { condition: { type: 'array', items: text, minItems: 1 }, ...content }),
  ),
});

/** JSON schema of a descriptor. */
export const DESCRIPTOR_SCHEMA = object(['name'], {
  $schema: { type: 'string' },
  name: text,
  repositories: listOf(text),
  features: listOf(feature),
});

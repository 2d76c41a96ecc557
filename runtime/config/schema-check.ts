import { type JsonObject, StaveError } from '@stave/api';
import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';
import { coerce } from './coerce.js';

/** Coerces and checks properties; throws `STAVE_CONFIG_REFUSED` with `details.property`. */
export interface SchemaCheck {
  (properties: JsonObject): JsonObject;
  /** Names of the properties that the schema describes. */
  readonly keys: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;
type AjvClass = new (options: Options) => Pick<Ajv, 'compile' | 'validateSchema' | 'errors' | 'errorsText'>;

const OPTIONS = {
  strict: false,
  validateFormats: false,
  useDefaults: true,
  logger: false,
} as const satisfies Options;

/** Checks whether something is a schema of one draft; kept, for making it takes 20 ms. */
type SchemaOfSchemas = (schema: Schema) => string | undefined;
const schemasOfSchemas = new Map<AjvClass, SchemaOfSchemas>();

function schemaOfSchemas(AjvOfDraft: AjvClass): SchemaOfSchemas {
  const known = schemasOfSchemas.get(AjvOfDraft);
  if (known) return known;
  const ajv = new AjvOfDraft(OPTIONS);
  const check: SchemaOfSchemas = (schema) =>
    ajv.validateSchema(schema) === true ? undefined : ajv.errorsText(ajv.errors, { dataVar: 'schema' });
  schemasOfSchemas.set(AjvOfDraft, check);
  return check;
}

/** ajv of the draft that the schema names; a schema without one is read as draft 7. */
async function loadAjv(schema: Schema): Promise<AjvClass> {
  const draft = String(schema.$schema ?? '');
  if (draft.includes('2020-12')) return classOf(await import('ajv/dist/2020.js'), 'Ajv2020');
  if (draft.includes('2019-09')) return classOf(await import('ajv/dist/2019.js'), 'Ajv2019');
  return classOf(await import('ajv'), 'Ajv');
}

/** What a CommonJS module exports is its default; named exports are there only where the module was not bundled. */
function classOf(namespace: { readonly default: unknown }, name: string): AjvClass {
  return (namespace.default as Readonly<Record<string, AjvClass>>)[name]!;
}

/** Compiles a schema. An instance of its own, so that it goes with the bundle that brought the schema. */
function compile(AjvOfDraft: AjvClass, schema: Schema, where: string): ValidateFunction {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new StaveError('STAVE_MANIFEST_INVALID', `the schema is refused: ${reason}`, {
      where,
      remedy: 'correct the schema',
      ...(cause === undefined ? {} : { cause }),
    });
  };
  const wrong = schemaOfSchemas(AjvOfDraft)(schema);
  if (wrong !== undefined) refuse(wrong);
  try {
    return new AjvOfDraft({ ...OPTIONS, meta: false, validateSchema: false }).compile(schema);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), error);
  }
}

/** Path of keys to the value that an error of ajv is about. */
function pathOf(error: ErrorObject): string[] {
  const params = error.params as Readonly<Record<string, unknown>>;
  const own = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return own === undefined ? path : [...path, String(own)];
}

function allowed(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'type':
      return `a value of type ${String(params.type).replaceAll(',', ' or ')}`;
    case 'enum':
      return `one of ${(params.allowedValues as readonly unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'const':
      return JSON.stringify(params.allowedValue);
    default:
      return `what ${error.message ?? 'the schema describes'}`;
  }
}

function isSecret(schema: Schema, property: string): boolean {
  const known = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const own = Object.hasOwn(known, property) ? known[property] : undefined;
  return own?.writeOnly === true || own?.format === 'password';
}

function sentence(schema: Schema, error: ErrorObject, given: JsonObject): string {
  const [key, ...rest] = pathOf(error);
  if (key === undefined) return `the properties are refused, allowed is ${allowed(error)}`;
  const property = [key, ...rest].join('.');
  if (error.keyword === 'required') return `property ${property} is missing`;
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    return `property ${property} is not known`;
  }
  // The value as the user wrote it, not as it was coerced.
  const shown = isSecret(schema, key) ? '***' : JSON.stringify(given[key]);
  const place = rest.length === 0 ? '' : ` (at ${rest.join('.')})`;
  return `property ${key} is ${shown}, allowed${place} is ${allowed(error)}`;
}

/**
 * Makes the check of a JSON schema: strings become the types that it names (lists are split at commas), defaults are filled in,
 * properties that it does not describe pass unless it says otherwise.
 * @param where named in errors, such as `component Greeter of @acme/greeter`
 * @throws STAVE_MANIFEST_INVALID for a schema that is none
 */
export async function loadSchemaCheck(schema: object, where: string): Promise<SchemaCheck> {
  const AjvOfDraft = await loadAjv(schema as Schema);
  const { $schema: _draft, $id: _id, ...own } = schema as Schema;
  const validate = compile(AjvOfDraft, own, where);
  const check = (properties: JsonObject): JsonObject => {
    const typed = structuredClone(coerce(properties, own));
    if (validate(typed)) return typed;
    const error = validate.errors![0]!;
    throw new StaveError('STAVE_CONFIG_REFUSED', sentence(own, error, properties), {
      where,
      details: { property: pathOf(error)[0] ?? '' },
    });
  };
  const keys = Object.keys((own.properties ?? {}) as object);
  return Object.assign(check, { keys });
}

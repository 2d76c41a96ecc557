import { type JsonObject, StaveError } from '@stave/api';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { ajv } from '../base/ajv.js';
import { tryVersion } from '../base/version.js';
import { DESCRIPTOR_SCHEMA } from './descriptor-schema.js';
import { type FeatureReference, parseFeatureReference } from './feature-reference.js';
import { escapeToken, locateJson, placeAt } from './json-places.js';

export interface BundleEntry {
  /** As it stands in the descriptor: it may be relative to the descriptor. */
  readonly location: string;
  readonly startLevel?: number;
  readonly start?: boolean;
  readonly integrity?: string;
  readonly dependency?: boolean;
}

export interface ConfigurationEntry {
  readonly pid: string;
  readonly properties: JsonObject;
}

export interface FileEntry {
  readonly location: string;
  /** Path below the home. */
  readonly finalName: string;
}

/** What a feature brings. */
export interface FeatureContent {
  readonly features: readonly FeatureReference[];
  readonly bundles: readonly BundleEntry[];
  readonly configs: readonly ConfigurationEntry[];
  readonly configFiles: readonly FileEntry[];
}

/** Content that comes while features are there beside its own. */
export interface ConditionalContent extends FeatureContent {
  readonly condition: readonly FeatureReference[];
}

export interface FeatureDescription extends FeatureContent {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  /** Whether a dropped descriptor installs it. */
  readonly install: 'auto' | 'manual';
  readonly hidden: boolean;
  /** For its bundles that give none. */
  readonly startLevel: number | undefined;
  readonly conditionals: readonly ConditionalContent[];
}

/** A file that lists features. */
export interface Descriptor {
  readonly name: string;
  /** URLs of further descriptors, as they stand. */
  readonly repositories: readonly string[];
  readonly features: readonly FeatureDescription[];
}

interface RawContent {
  features?: (string | { name: string; version?: string })[];
  bundles?: (string | BundleEntry)[];
  configs?: ConfigurationEntry[];
  configFiles?: FileEntry[];
}
interface RawFeature extends RawContent {
  name: string;
  version?: string;
  description?: string;
  install?: 'auto' | 'manual';
  hidden?: boolean;
  startLevel?: number;
  conditionals?: (RawContent & { condition: string[] })[];
}
interface RawDescriptor {
  name: string;
  repositories?: string[];
  features?: RawFeature[];
}

let validator: ValidateFunction<RawDescriptor> | undefined;

/** Made at the first descriptor: a warm boot reads none. */
function schemaValidator(): ValidateFunction<RawDescriptor> {
  validator ??= ajv().compile<RawDescriptor>(DESCRIPTOR_SCHEMA);
  return validator;
}

/**
 * Reads a descriptor in its JSON form.
 * Throws `STAVE_DESCRIPTOR_INVALID`, naming the URL with the line, and the JSON pointer or the column.
 */
export function parseDescriptor(text: string, url: string): Descriptor {
  const source = text.replace(/^\uFEFF/, '');
  const raw = parseJson(source, url);
  const refuse: Refuse = (pointer, sentence) => {
    const located = locateJson(source);
    const offset = 'places' in located ? located.places.get(pointer) : undefined;
    const { line } = placeAt(source, offset ?? 0);
    return new StaveError('STAVE_DESCRIPTOR_INVALID', `line ${line}, ${pointer || '/'}: ${sentence}`, {
      where: url,
      details: { pointer, line },
    });
  };
  const validate = schemaValidator();
  if (!validate(raw)) throw refuse(...explain(validate.errors ?? []));
  return {
    name: raw.name,
    repositories: raw.repositories ?? [],
    features: (raw.features ?? []).map((feature, index) =>
      readFeature(feature, `/features/${index}`, refuse),
    ),
  };
}

function parseJson(source: string, url: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    const located = locateJson(source);
    const offset = 'mistake' in located ? located.mistake : 0;
    const { line, column } = placeAt(source, offset);
    const what = offset >= source.length ? 'the text ends too early' : 'this is not JSON';
    throw new StaveError('STAVE_DESCRIPTOR_INVALID', `line ${line}, column ${column}: ${what}`, {
      where: url,
      details: { line, column },
      cause,
    });
  }
}

interface SchemaParams {
  readonly additionalProperty?: string;
  readonly missingProperty?: string;
  readonly allowedValues?: readonly string[];
}

/** The pointer and sentence for what the schema says. */
function explain(errors: readonly ErrorObject[]): [pointer: string, sentence: string] {
  // An error of "if" only says that one of its branches has failed; that one is told too.
  const error = errors.find(({ keyword }) => keyword !== 'if') ?? errors[0];
  if (!error) return ['', 'is not a descriptor'];
  const { instancePath, keyword } = error;
  const params: SchemaParams = error.params;
  switch (keyword) {
    case 'additionalProperties':
      return [`${instancePath}/${escapeToken(params.additionalProperty ?? '')}`, 'this field is not known'];
    case 'required':
      return [instancePath, `"${params.missingProperty}" is missing`];
    case 'const':
      return [instancePath, 'this is not supported yet'];
    case 'enum':
      return [instancePath, `must be one of ${params.allowedValues?.join(', ')}`];
    case 'pattern':
      return [instancePath, instancePath.endsWith('/pid') ? 'this is not a PID' : 'this is not a name'];
    default:
      return [instancePath, error.message ?? 'is wrong'];
  }
}

/** One spelling for one version: it is part of the feature's id. */
const COMPLETE = /^\d+\.\d+\.\d+/;

type Refuse = (pointer: string, sentence: string) => StaveError;

function readFeature(raw: RawFeature, pointer: string, refuse: Refuse): FeatureDescription {
  const version = raw.version ?? '0.0.0';
  if (!tryVersion(version) || !COMPLETE.test(version))
    throw refuse(`${pointer}/version`, `"${version}" is not a version such as 1.2.3`);
  return {
    name: raw.name,
    version,
    description: raw.description,
    install: raw.install ?? 'auto',
    hidden: raw.hidden ?? false,
    startLevel: raw.startLevel,
    ...readContent(raw, pointer, refuse),
    conditionals: (raw.conditionals ?? []).map((conditional, index) => {
      const at = `${pointer}/conditionals/${index}`;
      return {
        ...readContent(conditional, at, refuse),
        condition: conditional.condition.map((text, n) =>
          readReference(text, `${at}/condition/${n}`, refuse),
        ),
      };
    }),
  };
}

function readContent(raw: RawContent, pointer: string, refuse: Refuse): FeatureContent {
  return {
    features: (raw.features ?? []).map((entry, index) =>
      readReference(entry, `${pointer}/features/${index}`, refuse),
    ),
    bundles: (raw.bundles ?? []).map((entry) => (typeof entry === 'string' ? { location: entry } : entry)),
    configs: raw.configs ?? [],
    configFiles: raw.configFiles ?? [],
  };
}

function readReference(
  raw: string | { name: string; version?: string },
  pointer: string,
  refuse: Refuse,
): FeatureReference {
  const text = typeof raw === 'string' ? raw : `${raw.name}/${raw.version ?? '*'}`;
  try {
    return parseFeatureReference(text);
  } catch (error) {
    if (!(error instanceof StaveError)) throw error;
    throw refuse(pointer, error.message);
  }
}

import type { JsonObject, JsonValue } from '@stave/api';
import type { Variables } from './interpolate.js';
import { splitList } from './list-text.js';

/** What a consumer sees beside the properties. Nothing of it is ever written. */
export interface ViewSources extends Variables {
  /** Content of a secret by name, for `$[secret:NAME]`; undefined when there is none. */
  readonly secret: (name: string) => string | undefined;
}

export interface ConsumerView {
  readonly properties: JsonObject;
  /** Resolved secrets, to be kept out of messages. */
  readonly secrets: readonly string[];
}

/** The environment variable that overrides a property: `acme.pool~main` and `size` give `ACME_POOL_MAIN_SIZE`. */
export function overrideName(pid: string, key: string): string {
  return `${pid}.${key}`.toUpperCase().replace(/[.\-~]/g, '_');
}

/** The override in the form of the value that it replaces: text for text, JSON or a list where the file holds that. */
function overridden(text: string, present: JsonValue | undefined): JsonValue {
  if (present === undefined || typeof present === 'string') return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return Array.isArray(present) ? splitList(text) : text;
  }
}

const PLACEHOLDER = /(\\?)\$\[(env|prop|secret):([^\];]+)(?:;default=([^\]]*))?\]/g;

function resolveText(text: string, sources: ViewSources, secrets: string[]): string {
  if (!text.includes('$[')) return text;
  return text.replace(
    PLACEHOLDER,
    (whole: string, escaped: string, kind: string, name: string, otherwise?: string) => {
      if (escaped !== '') return whole.slice(1);
      if (kind === 'secret') {
        const secret = sources.secret(name);
        if (secret !== undefined && secret !== '') secrets.push(secret);
        return secret ?? otherwise ?? whole;
      }
      const source = kind === 'env' ? sources.env : sources.system;
      return (Object.hasOwn(source, name) ? source[name] : undefined) ?? otherwise ?? whole;
    },
  );
}

function resolve(value: JsonValue, sources: ViewSources, secrets: string[]): JsonValue {
  if (typeof value === 'string') return resolveText(value, sources, secrets);
  if (Array.isArray(value)) return value.map((element) => resolve(element, sources, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one, sources, secrets)]));
}

/**
 * The properties as a consumer gets them: overridden from the environment, `$[env:…]`, `$[prop:…]` and `$[secret:…]` filled in.
 * @param keys that the environment may set although the file does not have them
 */
export function consumerView(
  pid: string,
  properties: JsonObject,
  keys: readonly string[],
  sources: ViewSources,
): ConsumerView {
  const view = new Map(Object.entries(properties));
  for (const key of new Set([...view.keys(), ...keys])) {
    const name = overrideName(pid, key);
    const text = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
    if (text !== undefined) view.set(key, overridden(text, view.get(key)));
  }
  const secrets: string[] = [];
  const entries = [...view].map(([key, value]) => [key, resolve(value, sources, secrets)] as const);
  return { properties: Object.fromEntries(entries), secrets };
}

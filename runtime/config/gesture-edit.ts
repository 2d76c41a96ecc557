import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, type JsonValue, StaveError } from '@stave/api';
import { sha256 } from '../base/digest.js';
import type { ConfigurationEdit } from './configuration-edit.js';
import { type Entry, pathOf } from './configuration-memory.js';
import {
  type ConfigurationFormat,
  type ConfigurationText,
  readConfigurationText,
} from './configuration-text.js';
import { formatFor, plainText, valuesOf, writtenValue } from './configuration-values.js';
import type { EditDraft } from './edit-draft.js';
import { checkPid, fileKind, fileName } from './pid.js';

export type GestureEdit = Exclude<ConfigurationEdit, { readonly kind: 'file' }>;
type ValueEdit = Exclude<GestureEdit, { readonly kind: 'delete' }>;

/** The file behind a PID as it is now, whether it is in force or not. */
interface Base {
  readonly name: string;
  readonly format: ConfigurationFormat;
  readonly text: ConfigurationText;
  /** Its digest; null: there is no file. */
  readonly before: string | null;
}

/**
 * Lays a change that somebody asked for over the draft.
 * @throws STAVE_PID_INVALID, STAVE_CONFIG_STALE, STAVE_CONFIG_UNKNOWN, STAVE_CONFIG_DUPLICATE, STAVE_CONFIG_SYNTAX,
 * STAVE_CONFIG_RECURSIVE, STAVE_CONFIG_REFUSED
 */
export function addGestureEdit(draft: EditDraft, edit: GestureEdit): void {
  checkPid(edit.pid);
  const present = draft.entry(edit.pid);
  const revision = present?.revision ?? 0;
  if (edit.revision !== undefined && edit.revision !== revision) {
    throw new StaveError(
      'STAVE_CONFIG_STALE',
      `the change of ${edit.pid} was made on revision ${edit.revision}, the present one is ${revision}`,
      { details: { revision } },
    );
  }
  if (edit.kind === 'delete') remove(draft, edit, present);
  else if (edit.kind === 'replace' && edit.persist === 'memory')
    remember(draft, edit, present, edit.properties);
  else if (edit.kind === 'change' && present?.place.kind === 'memory') {
    remember(draft, edit, present, merged(present.properties, edit.set, edit.remove));
  } else write(draft, edit, present);
}

function merged(
  properties: JsonObject,
  set: Readonly<Record<string, JsonValue>>,
  remove: readonly string[],
): JsonObject {
  const kept = Object.entries(properties).filter(([key]) => !remove.includes(key));
  return Object.fromEntries([...kept, ...Object.entries(set)]);
}

/** Keeps the configuration in memory and in the state only. */
function remember(
  draft: EditDraft,
  edit: ValueEdit,
  present: Entry | undefined,
  properties: JsonObject,
): void {
  const file = currentFile(draft, edit.pid, present);
  if (file !== undefined) {
    throw new StaveError('STAVE_CONFIG_DUPLICATE', `${edit.pid} is already configured by ${pathOf(file)}`, {
      where: edit.author,
    });
  }
  if (present && isDeepStrictEqual(present.properties, properties)) return;
  draft.accept(edit, { values: { format: 'json', raw: properties }, properties, place: { kind: 'memory' } });
}

/** Writes into the file of the PID, or into a new one. */
function write(draft: EditDraft, edit: ValueEdit, present: Entry | undefined): void {
  const set = edit.kind === 'change' ? edit.set : edit.properties;
  const found = currentBase(draft, edit.pid, present);
  if (!found && edit.kind === 'change' && Object.keys(set).length === 0) unknown(edit.pid);
  const base = found ?? emptyBase(edit.pid, set);
  const shown = shownProperties(draft, base);
  const goes =
    edit.kind === 'change'
      ? edit.remove
      : [...base.text.values().keys()].filter((key) => !Object.hasOwn(set, key));
  for (const key of goes) base.text.remove(key);
  for (const [key, value] of Object.entries(set)) {
    if (base.format === 'json') base.text.set(key, value);
    else setPlain(base.text, key, plainText(value), shown.get(key), edit.author.startsWith('group:'));
  }
  const content = base.text.toString();
  const after = sha256(content);
  if (after === base.before && present?.place.kind === 'file' && present.place.digest === after) return;
  const values = valuesOf(base.text, base.format);
  const properties = draft.fill(values, base.name, base.text);
  const place = { kind: 'file', name: base.name, text: content, digest: after } as const;
  draft.accept(edit, { values, properties, place }, base.text);
  draft.forgetRefusal(base.name);
  draft.write(base.name, base.before, after, content);
}

/**
 * @param shown the present value with variables filled in; a line that already gives the wanted value is left alone
 * @param literal whether `${…}` is text: values that come from other nodes have theirs filled in already
 */
function setPlain(
  text: ConfigurationText,
  key: string,
  value: string,
  shown: JsonValue | undefined,
  literal: boolean,
): void {
  if (shown !== value) text.set(key, writtenValue(value, literal));
}

/** The properties of a file before the change; none when its variables go in circles, which the change may mend. */
function shownProperties(draft: EditDraft, base: Base): ReadonlyMap<string, JsonValue> {
  try {
    return new Map(Object.entries(draft.fill(valuesOf(base.text, base.format), base.name, base.text)));
  } catch (error) {
    if (error instanceof StaveError) return new Map();
    throw error;
  }
}

function remove(draft: EditDraft, edit: GestureEdit, present: Entry | undefined): void {
  const name = currentFile(draft, edit.pid, present);
  if (!present && name === undefined) unknown(edit.pid);
  if (present) draft.delete(edit);
  if (name === undefined) return;
  const before = currentDigest(draft, name, present);
  draft.forgetRefusal(name);
  draft.write(name, before, null, null);
}

/** The name of the PID's file, also when all of it is refused. */
function currentFile(draft: EditDraft, pid: string, present: Entry | undefined): string | undefined {
  if (present?.place.kind === 'file') return present.place.name;
  return [fileName(pid, 'cfg'), fileName(pid, 'json')].find((name) => draft.refusal(name));
}

function currentDigest(draft: EditDraft, name: string, present: Entry | undefined): string | null {
  const inForce = present?.place.kind === 'file' ? present.place.digest : undefined;
  return draft.refusal(name)?.digest ?? inForce ?? null;
}

/** The user's own text, so that a value of a refused file can be mended. */
function currentBase(draft: EditDraft, pid: string, present: Entry | undefined): Base | undefined {
  const name = currentFile(draft, pid, present);
  const kind = name === undefined ? undefined : fileKind(name);
  if (name === undefined || kind?.kind !== 'configuration') return undefined;
  const refusal = draft.refusal(name);
  if (refusal && refusal.text === undefined) {
    throw new StaveError('STAVE_CONFIG_SYNTAX', `the file cannot be changed: ${refusal.problem.reason}`, {
      where: pathOf(name),
      remedy: 'correct the file first',
    });
  }
  const text = refusal?.text ?? (present?.place.kind === 'file' ? present.place.text : '');
  const before = currentDigest(draft, name, present);
  return { name, format: kind.format, text: readConfigurationText(text, kind.format, pathOf(name)), before };
}

function emptyBase(pid: string, properties: JsonObject): Base {
  const format = formatFor(properties);
  const name = fileName(pid, format);
  const text = readConfigurationText(format === 'json' ? '{}\n' : '', format, pathOf(name));
  return { name, format, text, before: null };
}

function unknown(pid: string): never {
  throw new StaveError('STAVE_CONFIG_UNKNOWN', `there is no configuration ${pid}`);
}

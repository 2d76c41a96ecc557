import { isDeepStrictEqual } from 'node:util';
import { StaveError } from '@stave/api';
import { sha256 } from '../base/digest.js';
import type { ConfigurationEdit } from './configuration-edit.js';
import { pathOf } from './configuration-memory.js';
import { readConfigurationText } from './configuration-text.js';
import { valuesOf } from './configuration-values.js';
import type { EditDraft } from './edit-draft.js';
import { checkPid, fileName } from './pid.js';

export type FileEdit = Extract<ConfigurationEdit, { readonly kind: 'file' }>;

/** Lays the edit of a file over the draft. What cannot come into force is noted as a problem, never thrown. */
export function addFileEdit(draft: EditDraft, edit: FileEdit): void {
  const name = fileName(edit.pid, edit.format);
  if (edit.text === null && !edit.trouble) {
    addFileGone(draft, edit, name);
    return;
  }
  const text = edit.trouble ? undefined : edit.text!;
  const digest = edit.trouble ? edit.trouble.digest : sha256(edit.text!);
  if (!edit.reread && draft.isOverwritten(name, digest)) return;
  draft.forgetOverwritten(name);
  try {
    if (text === undefined) throw troubleError(edit, name);
    addFileText(draft, edit, name, text, digest);
  } catch (error) {
    if (!(error instanceof StaveError)) throw error;
    draft.refuse(edit.pid, name, digest, text, error);
  }
}

function troubleError(edit: FileEdit, name: string): StaveError {
  const { code, reason, line } = edit.trouble!;
  return new StaveError(code, reason, { where: pathOf(name), details: line === undefined ? {} : { line } });
}

function addFileText(draft: EditDraft, edit: FileEdit, name: string, text: string, digest: string): void {
  checkPid(edit.pid);
  const present = draft.entry(edit.pid);
  const file = present?.place.kind === 'file' ? present.place : undefined;
  if (file && file.name !== name) {
    throw new StaveError(
      'STAVE_CONFIG_DUPLICATE',
      `the PID ${edit.pid} is also in ${pathOf(file.name)}, which stays in force`,
      { where: pathOf(name) },
    );
  }
  const place = { kind: 'file', name, text, digest } as const;
  if (file?.digest === digest) {
    // As it was, perhaps before the last start: only the text is taken up.
    draft.relay(present!, present!.values, place);
    draft.forgetRefusal(name);
    return;
  }
  const read = readConfigurationText(text, edit.format, pathOf(name));
  const values = valuesOf(read, edit.format);
  const properties = draft.fill(values, name, read);
  // Where only the layout is another there is no new revision.
  if (file && isDeepStrictEqual(present!.properties, properties)) draft.relay(present!, values, place);
  else draft.accept(edit, { values, properties, place }, read);
  draft.forgetRefusal(name);
}

function addFileGone(draft: EditDraft, edit: FileEdit, name: string): void {
  draft.forgetRefusal(name);
  const place = draft.entry(edit.pid)?.place;
  if (place?.kind !== 'file' || place.name !== name) return;
  draft.delete(edit);
  // The twin that waited behind it comes into force.
  const format = edit.format === 'cfg' ? 'json' : 'cfg';
  const twin = draft.refusal(fileName(edit.pid, format));
  if (twin?.text !== undefined) addFileEdit(draft, { ...edit, format, text: twin.text, reread: true });
}

import { readFile } from 'node:fs/promises';
import { StaveError } from '@stave/api';
import { type FileSystem, writeFileAtomic } from '../base/atomic-file.js';
import type { BundleSpec } from '../framework/bundle-entry.js';
import { EMPTY_STATE, type NodeState, STATE_FORMAT } from './state.js';

/** Fields that a state must have, with the check of their form. Content is written by us only, so the form is enough. */
const FORM: Readonly<Record<keyof NodeState, (value: unknown) => boolean>> = {
  format: Number.isInteger,
  revision: Number.isInteger,
  nextBundleId: Number.isInteger,
  claims: Array.isArray,
  unmet: Array.isArray,
  failed: Array.isArray,
  overrides: Array.isArray,
  pins: isObject,
  artifacts: isObject,
  bundles: Array.isArray,
  lost: Array.isArray,
  configurations: isObject,
  written: Array.isArray,
  outbox: Array.isArray,
  observed: isObject,
  dropped: Array.isArray,
};

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the text of a state. Throws `STAVE_STATE_INVALID`, or `STAVE_STATE_NEWER` for one of a later format. */
export function parseState(text: string, where: string): NodeState {
  let value: Partial<Record<keyof NodeState, unknown>>;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (cause) {
    throw new StaveError('STAVE_STATE_INVALID', 'is not JSON', { where, cause });
  }
  if (isObject(value) && typeof value.format === 'number' && value.format > STATE_FORMAT) {
    throw new StaveError(
      'STAVE_STATE_NEWER',
      `has format ${value.format}, this version knows ${STATE_FORMAT}`,
      { where },
    );
  }
  for (const [field, check] of Object.entries(FORM)) {
    if (!isObject(value) || !check(value[field as keyof NodeState])) {
      throw new StaveError('STAVE_STATE_INVALID', `the field "${field}" is missing or has a wrong form`, {
        where,
      });
    }
  }
  return value as unknown as NodeState;
}

/** Bundles as they were written before, a comma in front: from one state to the next most are the same objects. */
const written = new WeakMap<BundleSpec, Buffer>();

function bytesOfBundle(spec: BundleSpec): Buffer {
  const bytes = written.get(spec) ?? Buffer.from(`,${JSON.stringify(spec)}`);
  written.set(spec, bytes);
  return bytes;
}

/** The JSON of a state. */
function bytesOf({ bundles, ...rest }: NodeState): Buffer {
  const [first, ...others] = bundles.map(bytesOfBundle);
  return Buffer.concat([
    Buffer.from('{"bundles":['),
    ...(first ? [first.subarray(1), ...others] : []),
    Buffer.from(`],${JSON.stringify(rest).slice(1)}`),
  ]);
}

/** The committed state of a home. */
export class StateFile {
  readonly path: string;
  readonly #fs: FileSystem | undefined;

  constructor(path: string, fs?: FileSystem) {
    this.path = path;
    this.#fs = fs;
  }

  /** The state, or an empty one in a new home. */
  async load(): Promise<NodeState> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_STATE;
      throw new StaveError('STAVE_STORAGE', 'the state cannot be read', { where: this.path, cause: error });
    }
    return parseState(text, this.path);
  }

  /** Replaces the state; when this resolves it survives a power cut. */
  async save(state: NodeState): Promise<void> {
    try {
      const options = this.#fs ? { fs: this.#fs } : {};
      await writeFileAtomic(this.path, bytesOf(state), options);
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new StaveError('STAVE_STORAGE', `the state cannot be written (${reason})`, {
        where: this.path,
        cause,
      });
    }
  }
}

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Claim, type JsonObject, StaveError, toStaveError } from '@stave/api';
import type { FileKind } from './classify.js';
import { type ExclusiveName, stemOf } from './exclusive-names.js';
import type { Ledger } from './ledger.js';

/** The part of a descriptor that matters here. */
export interface DeployedDescriptor {
  readonly features: readonly {
    readonly name: string;
    readonly version: string;
    readonly install: 'auto' | 'manual';
  }[];
}

/** How texts are read; the composer of the runtime brings them from the rooms that know. All throw a StaveError. */
export interface TextReaders {
  parseDescriptor(text: string, url: string): DeployedDescriptor | Promise<DeployedDescriptor>;
  parseConfiguration(
    text: string,
    fileName: string,
  ): { readonly pid: string; readonly properties: JsonObject };
}

/** What a file wants. */
export interface FileClaims {
  readonly set: readonly Omit<Claim, 'owner'>[];
  readonly update: readonly string[];
  readonly exclusive: ExclusiveName | undefined;
}

/** The location of a file in deploy/, in the one spelling that bundles and repositories are known by. */
export function locationOf(path: string): string {
  return pathToFileURL(path).href;
}

/** Turns a file into claims. Throws a StaveError for one that cannot be read. */
export async function fileClaims(
  file: { readonly path: string; readonly name: string; readonly kind: FileKind },
  data: Ledger,
  readers: TextReaders,
): Promise<FileClaims> {
  const { path, name, kind } = file;
  const location = locationOf(path);
  const claim = (type: string, key: string, value: JsonObject = {}) => ({ type, key, value, data });
  switch (kind.kind) {
    case 'bundle':
      return {
        set: [claim('bundle', location)],
        update: [location],
        exclusive: kind.single ? { type: 'bundle', name: stemOf(name) } : undefined,
      };
    case 'descriptor': {
      const { features } = await readers.parseDescriptor(await readText(path), location);
      const wanted = features.filter(({ install }) => install === 'auto');
      const keys = new Set(wanted.map((feature) => `${feature.name}/${feature.version}`));
      return {
        set: [claim('repository', location), ...[...keys].map((key) => claim('feature', key))],
        update: [location],
        exclusive: undefined,
      };
    }
    case 'configuration': {
      const { pid, properties } = readers.parseConfiguration(await readText(path), name);
      return {
        set: [claim('configuration', pid, { properties })],
        update: [],
        exclusive: { type: 'configuration', name: pid },
      };
    }
    default:
      throw new StaveError(
        'STAVE_DEPLOY_UNSUPPORTED',
        kind.kind === 'unsupported' ? kind.reason : `${name} is not for deployment`,
        { where: path },
      );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) {
      throw new StaveError('STAVE_DEPLOY_UNSUPPORTED', 'the text is not UTF-8', {
        where: path,
        cause: error,
      });
    }
    throw toStaveError(error, 'STAVE_LOCATION_NOT_FOUND', path);
  }
}

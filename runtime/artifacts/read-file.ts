import { readFile } from 'node:fs/promises';
import { type AbortOptions, StaveError } from '@stave/api';
import { download } from './download.js';
import { sourceFingerprint } from './gather.js';
import { unreadable } from './gather-folder.js';
import { type ArtifactLimits, limitExceeded } from './limits.js';
import type { Place } from './locations.js';

export interface SmallFile {
  readonly content: Uint8Array;
  /** For files on this machine: what they looked like. */
  readonly fingerprint: string | undefined;
}

/** The content of a file at a place, in memory. */
export async function readSmallFile(
  place: Place,
  where: string,
  { limits, signal }: AbortOptions & { readonly limits: ArtifactLimits },
): Promise<SmallFile> {
  switch (place.kind) {
    case 'path':
      try {
        const fingerprint = sourceFingerprint(place.path);
        const content = await readFile(place.path, signal ? { signal } : {});
        const limit = limits['download.size'];
        if (content.length > limit) throw limitExceeded('download.size', limit, where);
        return { content, fingerprint };
      } catch (error) {
        signal?.throwIfAborted();
        throw unreadable(error, where);
      }
    case 'url': {
      const chunks: Uint8Array[] = [];
      const options = { limits, ...(signal ? { signal } : {}) };
      for await (const chunk of download(place.url, options)) chunks.push(chunk);
      return { content: Buffer.concat(chunks), fingerprint: undefined };
    }
    case 'npm':
      throw new StaveError('STAVE_LOCATION_INVALID', 'names a package, not a file', {
        where,
        remedy: 'give the address of the file: stave:, home:, file: or http(s):',
      });
  }
}

import type { ImportedPackage } from '@stave/api';
import { parseRange } from '../base/range.js';
import { tryVersion } from '../base/version.js';
import { entriesOf, fieldOf } from './package-json.js';

/**
 * The packages that a source may import without an entry in `stave.imports`: those in `peerDependencies` and, for a bundle,
 * `devDependencies`, with their ranges. `file:`, `link:`, `workspace:`, addresses and tags mean any version.
 */
export function peerRanges(packageJson: unknown): ReadonlyMap<string, ImportedPackage> {
  const meta = new Map(entriesOf(fieldOf(packageJson, 'peerDependenciesMeta')));
  const peers = new Map<string, ImportedPackage>();
  // What the author of a library tests it with is named in comments and in tests that were published with it.
  const isLibrary = fieldOf(packageJson, 'stave') === undefined;
  for (const field of ['peerDependencies', ...(isLibrary ? [] : ['devDependencies'])]) {
    for (const [name, range] of entriesOf(fieldOf(packageJson, field))) {
      if (peers.has(name) || typeof range !== 'string') continue;
      peers.set(name, {
        name,
        range: rangeOrAny(range),
        optional: fieldOf(meta.get(name), 'optional') === true,
      });
    }
  }
  const engine = engineOf(packageJson);
  const api = peers.get('@stave/api');
  if (api && engine !== undefined) peers.set('@stave/api', { ...api, range: engine });
  return peers;
}

/** Names in `peerDependencies`: what the public types of a package expose. */
export function peerNames(packageJson: unknown): ReadonlySet<string> {
  return new Set(entriesOf(fieldOf(packageJson, 'peerDependencies')).map(([name]) => name));
}

/** The range of @stave/api in `engines.stave`; a plain version means all that are compatible with it. */
export function engineOf(packageJson: unknown): string | undefined {
  const engine = fieldOf(fieldOf(packageJson, 'engines'), 'stave');
  if (typeof engine !== 'string') return undefined;
  return tryVersion(engine) ? `^${engine}` : rangeOrAny(engine);
}

function rangeOrAny(text: string): string {
  try {
    parseRange(text);
    return text.trim() === '' ? '*' : text;
  } catch {
    return '*';
  }
}

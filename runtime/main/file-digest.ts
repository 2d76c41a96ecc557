import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../base/digest.js';

/** Digests of files below a home; null for one that is absent. */
export function digestBelow(home: string): (path: string) => string | null {
  return (path) => {
    try {
      return sha256(readFileSync(join(home, path)));
    } catch {
      return null;
    }
  };
}

import * as api from '@stave/api';
import { StaveError } from '@stave/api';
import type { SystemPackages } from '../framework/collaborators.js';
import versions from './versions.json' with { type: 'json' };

const LOADERS: Readonly<Record<string, () => Promise<unknown>>> = {
  '@stave/api': async () => api,
  inversify: async () => {
    await import('reflect-metadata');
    return import('inversify');
  },
  'reflect-metadata': async () => {
    await import('reflect-metadata');
    return {};
  },
};

/** The packages of the runtime that bundles share; each is loaded when the first bundle is wired to it. */
export function createSystemPackages(): SystemPackages {
  const loaded = new Map<string, unknown>();
  return {
    versions,
    async prepare(name) {
      const load = LOADERS[name];
      if (load && !loaded.has(name)) loaded.set(name, await load());
    },
    get(name, subpath) {
      const exports = loaded.get(name);
      if (exports === undefined || subpath !== '.') {
        const specifier = subpath === '.' ? name : `${name}${subpath.slice(1)}`;
        throw new StaveError('STAVE_MODULE_NOT_EXPORTED', `the runtime does not export ${specifier}`);
      }
      return exports;
    },
  };
}

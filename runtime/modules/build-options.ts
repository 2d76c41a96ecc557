import type { BuildOptions } from 'esbuild';

/** Raised whenever the same sources would give other output. Part of every cache key. */
export const BUILDER_VERSION = 1;

/** In compiled code stands for `import.meta`, and for the CommonJS names of the file. */
export const META_NAME = '__stave_meta__';

/** What all builds have in common. */
export function commonOptions(root: string): BuildOptions {
  return {
    absWorkingDir: root,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    keepNames: true,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    jsx: 'automatic',
    mainFields: ['main'],
    conditions: ['stave', 'module-sync'],
    logLimit: 0,
    // Nothing may go through Node's ESM loader: `import()` becomes a promise of a require.
    supported: { 'dynamic-import': false },
    // Overrides any tsconfig.json. Fields without an initialiser are not defined, so that they never wipe out what
    // was set before; parameter properties are there when initialisers run.
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  };
}

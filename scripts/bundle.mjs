// Bundles the runtime for a fast start: loading it file by file costs more than all the rest of the boot.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../runtime', import.meta.url));
const outdir = `${root}/dist`;
rmSync(outdir, { recursive: true, force: true });
const options = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  keepNames: true,
  legalComments: 'none',
  external: ['esbuild'],
  // CommonJS packages inside an ES module bundle call require for builtins.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};
await build({
  ...options,
  entryPoints: { main: 'out/main/main.js', client: 'out/console/socket/client-main.js' },
});
// By itself, so that what the thread shares with the node does not become a file that each start must read.
await build({ ...options, entryPoints: { 'loop-watchdog-worker': 'out/main/loop-watchdog-worker.js' } });

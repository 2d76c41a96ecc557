// Makes a clone ready to run: packages when the lock file changed, a build when a source changed. Does nothing otherwise.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const quiet = process.argv.includes('--quiet');
const SOURCE_FOLDERS = ['runtime', 'bundles', 'test', 'scripts'];
const SOURCE_FILES = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json'];
const PASSED_OVER = new Set(['node_modules', 'out', 'dist', 'vectors', 'data']);

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|js|mjs|json)$/.test(entry.name)) yield path;
  }
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function upToDate(stamp, value) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === value;
}

function run(title, command, args) {
  if (!quiet) console.log(title);
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status === 0) return;
  console.error(`${title} failed:\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
  process.exit(1);
}

const packagesStamp = join(root, 'node_modules', '.stave-packages');
const packages = digest([join(root, 'package-lock.json')]);
if (!upToDate(packagesStamp, packages)) {
  run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(packagesStamp, packages);
}

const buildStamp = join(root, 'node_modules', '.stave-build');
const build = digest([
  ...SOURCE_FILES.map((name) => join(root, name)),
  ...SOURCE_FOLDERS.flatMap((name) => [...sources(join(root, name))]),
]);
if (!upToDate(buildStamp, build) || !existsSync(join(root, 'runtime', 'dist', 'main.js'))) {
  mkdirSync(join(root, 'runtime', 'dist'), { recursive: true });
  run('Building', 'npm', ['run', 'build', '--silent']);
  writeFileSync(buildStamp, build);
}

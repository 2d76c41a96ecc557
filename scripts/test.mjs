// Runs the tests. Words on the command line choose files by a part of their path. The last line counts what happened.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const flags = process.argv.slice(2).filter((word) => word.startsWith('-'));

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.js'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const all = testFiles(join(root, 'test', 'out'));
const chosen = words.length === 0 ? all : all.filter((file) => words.some((word) => file.includes(word)));
// A folder of its own: the leak check must not see what other runs leave in the common one.
const temporary = mkdtempSync(join(tmpdir(), 'st-'));
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
const result = spawnSync(
  process.execPath,
  [
    mocha,
    '--require',
    join(root, 'test', 'out', 'support', 'hooks.js'),
    '--reporter',
    join(root, 'test', 'out', 'support', 'reporter.js'),
    '--timeout',
    '60000',
    ...flags,
    ...chosen,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, FORCE_COLOR: '0', TMPDIR: temporary } },
);
rmSync(temporary, { recursive: true, force: true });
process.exitCode = result.status ?? 1;

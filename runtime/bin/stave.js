#!/usr/bin/env node
// The launcher: plain JavaScript, since npm links no command that is absent at install. Chooses between the runtime and the client,
// which is kept small so that it answers fast.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const runtime = fileURLToPath(new URL('..', import.meta.url));
const installation = dirname(runtime);
const [command, ...words] = process.argv.slice(2);

function fail(message, status) {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (process.platform === 'win32')
  fail('STAVE_UNSUPPORTED: stave does not run on Windows; use Linux or macOS', 1);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) {
  fail(`STAVE_UNSUPPORTED: Node ${process.versions.node} is too old; use Node 20.19, 22.12 or newer`, 1);
}
const entry = join(runtime, 'dist', command === 'client' ? 'client.js' : 'main.js');
if (!existsSync(entry))
  fail('STAVE_UNSUPPORTED: stave is not built; run "npm start" or "npm run setup" once', 1);

const module = await import(pathToFileURL(entry).href);
if (command === 'client') {
  const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, cwd: process.cwd() };
  process.exitCode = await module.clientMain(words, { home: process.env.STAVE_HOME ?? installation, ...io });
} else {
  const status = await module.main(
    [command, ...words].filter((word) => word !== undefined),
    installation,
  );
  // A server or a timer that a bundle has left behind does not keep the process of a stopped node.
  if (command === 'run') process.exit(status);
  process.exitCode = status;
}

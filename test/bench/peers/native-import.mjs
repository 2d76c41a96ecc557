// What the loader of Node keeps of modules that are imported under ever new names. Arguments: folder, number of imports.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { heapFloor } = await import(new URL('../../out/bench/heap-floor.js', import.meta.url));
const { versionedSource } = await import(new URL('../../out/bench/versioned-source.js', import.meta.url));
const [folder, count] = [process.argv[2], Number(process.argv[3])];
const path = join(folder, 'versioned.mjs');

async function load(n) {
  writeFileSync(path, versionedSource(n));
  const module = await import(`${pathToFileURL(path).href}?v=${n}`);
  module.run();
}

for (let n = 0; n < 50; n += 1) await load(n);
const before = await heapFloor();
for (let n = 0; n < count; n += 1) await load(100 + n);
const after = await heapFloor();
console.log(JSON.stringify({ before, after }));

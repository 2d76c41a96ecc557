// Fails on an import between rooms that the house does not allow, and on a circle of files. Takes another folder than runtime/.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ALWAYS = ['base'];
/** What each room may know beside `@stave/api` and `base`. */
const MAY_KNOW = {
  base: [],
  manifest: [],
  resolver: [],
  artifacts: ['manifest'],
  modules: ['manifest'],
  framework: ['manifest', 'resolver', 'modules'],
  config: [],
  components: ['framework', 'config'],
  log: [],
  provisioning: ['manifest', 'resolver', 'artifacts', 'modules', 'framework', 'components', 'config', 'log'],
  features: [],
  deploy: [],
  console: [],
  main: ['*'],
};
const PASSED_OVER = new Set(['node_modules', 'out', 'dist']);

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (PASSED_OVER.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.name.endsWith('.ts')) yield path;
  }
}

/** Specifiers that a source imports, those of types apart. */
function importsOf(text) {
  const pattern =
    /^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s*['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? match[4],
    type: Boolean(match[1]),
  }));
}

/** Wrong arrows and circles among the sources of a runtime folder, as sentences. */
function checkLayers(runtime) {
  const problems = [];
  const graph = new Map();
  for (const file of filesBelow(runtime)) {
    const path = relative(runtime, file);
    const room = path.split('/')[0];
    const allowed = room === 'api' ? [] : MAY_KNOW[room];
    if (!allowed) {
      problems.push(`${path}: the house has no room ${room}`);
      continue;
    }
    const targets = [];
    for (const { specifier, type } of importsOf(readFileSync(file, 'utf8'))) {
      if (!specifier.startsWith('.')) {
        if (room === 'api' && !specifier.startsWith('node:'))
          problems.push(`${path}: api knows nobody, yet imports ${specifier}`);
        continue;
      }
      const target = relative(runtime, resolve(dirname(file), specifier)).replace(/\.js$/, '.ts');
      const other = target.split('/')[0];
      if (
        other !== room &&
        !allowed.includes('*') &&
        !allowed.includes(other) &&
        !(room !== 'api' && ALWAYS.includes(other))
      ) {
        problems.push(`${path}: ${room} may not know ${other} (${specifier})`);
      }
      if (!type) targets.push(target);
    }
    graph.set(path, targets);
  }
  return [...problems, ...circles(graph)];
}

function circles(graph) {
  const found = [];
  const state = new Map();
  const visit = (node, trail) => {
    if (state.get(node) === 'done') return;
    if (state.get(node) === 'open') {
      found.push(`circle: ${[...trail.slice(trail.indexOf(node)), node].join(' -> ')}`);
      return;
    }
    state.set(node, 'open');
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    state.set(node, 'done');
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

const problems = checkLayers(process.argv[2] ?? join(root, 'runtime'));
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log('layers: every arrow is allowed, no circle');
process.exitCode = problems.length === 0 ? 0 : 1;

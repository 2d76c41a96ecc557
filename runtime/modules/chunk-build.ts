import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Manifest, StaveError } from '@stave/api';
import type { BuildOptions, Metafile } from 'esbuild';
import { commonOptions, META_NAME } from './build-options.js';
import { buildError, isBuildFailure, toProblem } from './build-problem.js';
import { chunkEntries } from './chunk-entries.js';
import { isPackageSpecifier, metaPlugin, resolvePlugin, startsStrict } from './chunk-plugin.js';
import { CHUNK_FILE, type ImportUse, MAP_FILE } from './compiled-module.js';
import type { EsbuildService, MemoryBuild } from './esbuild-service.js';
import { rewriteHelpers } from './helper-rewrite.js';
import { type Declarations, importUses } from './import-uses.js';
import { wrapModule } from './module-wrapper.js';
import { PackageTree } from './package-tree.js';
import { SpecifierRules } from './specifier-rules.js';

export interface ChunkBuild {
  readonly entries: readonly string[];
  readonly imports: readonly ImportUse[];
  /** The wrapped chunk, ASCII only. */
  readonly code: string;
  readonly map: string;
}

const ENTRY_FILE = 'stave-entry';
const ASKS_FOR_META = /\bimport\.meta\b|\b__(?:dir|file)name\b|\brequire\.resolve\b/;

function entrySource(entries: ReadonlyMap<string, string>): string {
  return [...entries]
    .map(([key, file]) => `exports[${JSON.stringify(key)}] = () => require(${JSON.stringify(`./${file}`)});`)
    .join('\n');
}

function inputFiles(metafile: Metafile): string[] {
  return Object.keys(metafile.inputs).filter((file) => file !== ENTRY_FILE);
}

/** Strict unless a CommonJS input is not: its code may rely on sloppy mode. */
function isStrict(root: string, tree: PackageTree, metafile: Metafile): boolean {
  return inputFiles(metafile).every((file) => {
    const format = metafile.inputs[file]?.format;
    if (format === 'esm' || /\.([mc]?tsx?|mjs|json|txt|wasm)$/.test(file)) return true;
    const path = join(root, file);
    if (format === undefined && tree.packageJson(tree.enclosing(path))?.type === 'module') return true;
    return startsStrict(readFileSync(path, 'utf8'));
  });
}

function checkInside(metafile: Metafile, where: string): void {
  const outside = inputFiles(metafile).find((file) => file.startsWith('..') || file.startsWith('/'));
  if (outside === undefined) return;
  const importer = Object.entries(metafile.inputs).find(([, input]) =>
    input.imports.some(({ path }) => path === outside),
  );
  throw new StaveError(
    'STAVE_MODULE_NOT_FOUND',
    `${importer?.[0] ?? 'a file'} imports ${outside}, which lies outside the bundle`,
    { where, remedy: 'move the file into the bundle, or make it a package that the bundle imports' },
  );
}

/**
 * Compiles a bundle to one function with a lazy table of entries. All of its own code and its private dependencies are inlined,
 * one instance of each file.
 */
export async function buildChunk(
  root: string,
  manifest: Manifest,
  declared: Declarations,
  service: EsbuildService,
  signal: AbortSignal,
): Promise<ChunkBuild> {
  const tree = new PackageTree(root);
  const entries = chunkEntries(tree, manifest);
  const options: BuildOptions = {
    ...commonOptions(root),
    bundle: true,
    outfile: CHUNK_FILE,
    sourceRoot: pathToFileURL(`${root}/`).href,
    stdin: { contents: entrySource(entries), resolveDir: root, sourcefile: ENTRY_FILE },
    loader: { '.wasm': 'binary', '.txt': 'text' },
    define: {
      'import.meta': META_NAME,
      __filename: `${META_NAME}.filename`,
      __dirname: `${META_NAME}.dirname`,
      'require.resolve': `${META_NAME}.require.resolve`,
    },
    plugins: [resolvePlugin(tree, new SpecifierRules(tree, declared.names))],
  };
  const where = manifest.name;
  let result: MemoryBuild;
  try {
    result = await service.build(options, signal);
    if (outputOf(result, CHUNK_FILE).includes(META_NAME)) {
      // Few bundles ask for it, so only they pay for a second build with a plugin on each such file.
      const files = inputFiles(result.metafile)
        .map((file) => join(root, file))
        .filter((file) => ASKS_FOR_META.test(readFileSync(file, 'latin1')));
      result = await service.build(
        { ...options, plugins: [...(options.plugins ?? []), metaPlugin(tree, files)] },
        signal,
      );
    }
  } catch (error) {
    if (isBuildFailure(error)) throw buildError(error.errors.map(toProblem), where, error);
    throw error;
  }
  checkInside(result.metafile, where);
  const uses = Object.entries(result.metafile.inputs).flatMap(([file, input]) =>
    input.imports
      .filter((entry) => entry.external && isPackageSpecifier(entry.path))
      .map((entry) => ({ file, specifier: entry.path })),
  );
  const code = rewriteHelpers(outputOf(result, CHUNK_FILE));
  return {
    entries: [...entries.keys()],
    imports: importUses(root, declared, uses),
    code: `${wrapModule(code, 'chunk', isStrict(root, tree, result.metafile))}\n//# sourceMappingURL=${MAP_FILE}\n`,
    map: outputOf(result, MAP_FILE),
  };
}

function outputOf(result: MemoryBuild, name: string): string {
  const file = result.outputFiles.find(({ path }) => path.endsWith(`/${name}`));
  if (!file) throw new StaveError('STAVE_INTERNAL', `esbuild gave no ${name}`);
  return file.text;
}

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Manifest, StaveError } from '@stave/api';
import { commonOptions, META_NAME } from './build-options.js';
import { type BuildProblem, buildError, isBuildFailure, toProblem } from './build-problem.js';
import { exportedFolder, manifestFile } from './chunk-entries.js';
import type { FilesLayout, ImportUse, PackSlice, TransformedFile } from './compiled-module.js';
import type { EsbuildService, MemoryBuild } from './esbuild-service.js';
import { rewriteHelpers } from './helper-rewrite.js';
import { type Declarations, importUses, type SpecifierUse } from './import-uses.js';
import { wrapModule } from './module-wrapper.js';
import { PackageTree } from './package-tree.js';
import { SYSTEM_PACKAGES } from './specifier-rules.js';

export interface FilesBuild {
  readonly layout: FilesLayout;
  readonly imports: readonly ImportUse[];
  /** The transformed sources, wrapped, one after the other; ASCII only. */
  readonly pack: Buffer;
  /** Their source maps. */
  readonly maps: Buffer;
}

const SOURCE = /(?<!\.d)\.(?:[mc]?[jt]s|jsx|tsx)$/;
const TYPESCRIPT = /\.(?:[mc]?ts|tsx|jsx)$/;
const ES_SYNTAX = /^\s*(?:import\s*[\w{*"']|export\s+[\w{*]|export\s*\{)/m;
const DYNAMIC_IMPORT = /\bimport\s*\(/;

function* sourceFiles(root: string, below: string): Generator<string> {
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* sourceFiles(root, path);
    else if (SOURCE.test(entry.name)) yield path;
  }
}

function isModulePackage(tree: PackageTree, file: string): boolean {
  return tree.packageJson(tree.enclosing(dirname(join(tree.root, file))))?.type === 'module';
}

/** CommonJS is run as it is; what has the syntax of ES modules or TypeScript, or calls `import()`, is transformed. */
function needsTransform(tree: PackageTree, file: string, source: string): boolean {
  if (TYPESCRIPT.test(file) || file.endsWith('.mjs')) return true;
  if (DYNAMIC_IMPORT.test(source)) return true;
  if (file.endsWith('.cjs')) return false;
  return isModulePackage(tree, file) || ES_SYNTAX.test(source);
}

function usesOf(source: string, file: string, names: readonly string[]): SpecifierUse[] {
  if (names.length === 0) return [];
  const quoted = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const found = source.matchAll(
    new RegExp(`(?:from|import|require)\\s*\\(?\\s*(['"])((?:${quoted})(?:/[^'"\\n]*)?)\\1`, 'g'),
  );
  return [...found].map((match) => ({ specifier: match[2]!, file }));
}

interface Transformed {
  readonly result: MemoryBuild | undefined;
  readonly files: readonly string[];
  readonly broken: ReadonlyMap<string, BuildProblem>;
}

/** One esbuild call; files with mistakes are set aside and the others tried again. */
async function transform(
  root: string,
  all: readonly string[],
  service: EsbuildService,
  signal: AbortSignal,
  where: string,
): Promise<Transformed> {
  const broken = new Map<string, BuildProblem>();
  for (;;) {
    const files = all.filter((file) => !broken.has(file));
    if (files.length === 0) return { result: undefined, files, broken };
    try {
      const result = await service.build(
        {
          ...commonOptions(root),
          outdir: root,
          entryPoints: files.map((file, index) => ({ in: join(root, file), out: String(index) })),
          define: { 'import.meta': META_NAME },
        },
        signal,
      );
      return { result, files, broken };
    } catch (error) {
      if (!isBuildFailure(error)) throw error;
      const problems = error.errors.map(toProblem);
      const before = broken.size;
      for (const problem of problems) {
        if (problem.file !== undefined && !broken.has(problem.file)) broken.set(problem.file, problem);
      }
      if (broken.size === before) throw buildError(problems, where, error);
    }
  }
}

class Pack {
  readonly #parts: Buffer[] = [];
  #length = 0;

  add(text: string): PackSlice {
    const part = Buffer.from(text);
    const start = this.#length;
    this.#parts.push(part);
    this.#length += part.length;
    return { start, end: this.#length };
  }

  content(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/**
 * Makes ready what cannot be run as it is of a package that is loaded file by file: loading is synchronous, so all of its ES modules
 * and those of its private dependencies are transformed beforehand, whoever may come to need them.
 */
export async function buildFiles(
  root: string,
  manifest: Manifest,
  declared: Declarations,
  service: EsbuildService,
  signal: AbortSignal,
): Promise<FilesBuild> {
  const tree = new PackageTree(root);
  const names = [...new Set([...(declared.names === '*' ? [] : declared.names), ...SYSTEM_PACKAGES])];
  const uses: SpecifierUse[] = [];
  const wanted: string[] = [];
  for (const file of [...sourceFiles(root, '')].sort()) {
    const own = tree.packageRoot(join(root, file)) === root;
    // As in Node, dependencies are not TypeScript.
    if (!own && TYPESCRIPT.test(file)) continue;
    const source = readFileSync(join(root, file), 'utf8');
    uses.push(...usesOf(source, file, names));
    if (needsTransform(tree, file, source)) wanted.push(file);
  }

  const { result, files, broken } = await transform(root, wanted, service, signal, manifest.name);
  const own = [...broken].filter(
    ([file]) => manifest.isBundle && tree.packageRoot(join(root, file)) === root,
  );
  if (own.length > 0)
    throw buildError(
      own.map(([, problem]) => problem),
      manifest.name,
    );

  const pack = new Pack();
  const maps = new Pack();
  const transformed: Record<string, TransformedFile> = {};
  const outputs = new Map(result?.outputFiles.map((output) => [output.path, output.text]));
  for (const [index, file] of files.entries()) {
    const code = outputs.get(join(root, `${index}.js`));
    const map = outputs.get(join(root, `${index}.js.map`));
    if (code === undefined || map === undefined)
      throw new StaveError('STAVE_INTERNAL', `esbuild gave no ${file}`);
    const format = result?.metafile.inputs[file]?.format ?? (isModulePackage(tree, file) ? 'esm' : 'cjs');
    const esm = format === 'esm';
    transformed[file] = {
      code: pack.add(wrapModule(rewriteHelpers(code), esm ? 'esm' : 'cjs', esm)),
      map: maps.add(map),
      esm,
    };
  }
  return {
    layout: {
      kind: 'files',
      packages: Object.fromEntries(
        manifest.exports.map(({ name }) => [name, tree.name(exportedFolder(tree, manifest, name))]),
      ),
      activator: manifest.activator && manifestFile(tree, manifest, 'activator', manifest.activator),
      components: manifest.components && manifestFile(tree, manifest, 'components', manifest.components),
      transformed,
      broken: Object.fromEntries([...broken].map(([file, { code, text }]) => [file, { code, text }])),
    },
    imports: importUses(root, declared, uses),
    pack: pack.content(),
    maps: maps.content(),
  };
}

import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import type { Loader, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import { META_NAME } from './build-options.js';
import type { ProblemDetail } from './build-problem.js';
import { FILE_PREFIX } from './file-prefix.js';
import { LOADER_NAME } from './helper-rewrite.js';
import { IMPORT_CONDITIONS, REQUIRE_CONDITIONS, resolveTarget } from './package-exports.js';
import type { PackageTree } from './package-tree.js';
import { builtinName } from './specifier.js';
import type { Destination, SpecifierRules } from './specifier-rules.js';

const OUTSIDE = (path: string): OnResolveResult => ({ path, external: true });
/** Marks our own questions to esbuild's resolver, so that we do not answer them ourselves. */
const ASKED = Symbol('asked');

function undeclared(destination: Destination & { kind: 'nowhere' }): OnResolveResult {
  const { name, bundle } = destination;
  const sentence =
    bundle === undefined
      ? `imports ${name}, which is neither a dependency inside the bundle nor an import`
      : `imports ${name}, which is a bundle of its own and is never copied into another`;
  const line = `"${name}": "${bundle === undefined ? '*' : `^${bundle}`}"`;
  const detail: ProblemDetail = {
    code: 'STAVE_IMPORT_UNDECLARED',
    remedy:
      bundle === undefined
        ? `add ${line} to "dependencies", or to "stave": { "imports": { ${line} } } when another bundle exports it`
        : `add "stave": { "imports": { ${line} } } to package.json`,
  };
  return { errors: [{ text: sentence, detail }] };
}

/** Where each specifier of a bundle leads. What stays inside is left to esbuild's own resolver, which knows the kind of modules. */
export function resolvePlugin(tree: PackageTree, rules: SpecifierRules): Plugin {
  return {
    name: 'stave-resolve',
    setup(build) {
      const answer = async (args: OnResolveArgs, specifier: string): Promise<OnResolveResult | undefined> => {
        const destination = rules.decide(specifier, args.importer);
        if (destination.kind === 'builtin' || destination.kind === 'outside') return OUTSIDE(specifier);
        if (destination.kind === 'nowhere') {
          // A dependency may try a package that it can do without; it then fails at run time, as in Node.
          const tried = args.kind === 'require-call' && tree.packageRoot(args.importer) !== tree.root;
          return tried ? OUTSIDE(specifier) : undeclared(destination);
        }
        const field = tree.packageJson(destination.folder)?.exports;
        if (field === undefined || args.kind === 'require-call') return undefined;
        if (resolveTarget(field, destination.subpath, IMPORT_CONDITIONS) !== undefined) return undefined;
        if (resolveTarget(field, destination.subpath, REQUIRE_CONDITIONS) === undefined) return undefined;
        const { importer, resolveDir } = args;
        const found = await build.resolve(specifier, {
          kind: 'require-call',
          importer,
          resolveDir,
          pluginData: ASKED,
        });
        return found.errors.length > 0 ? undefined : { path: found.path, sideEffects: found.sideEffects };
      };

      build.onResolve({ filter: /^[^./]/ }, (args) => {
        if (args.pluginData === ASKED || args.path.startsWith('data:')) return undefined;
        if (!args.path.startsWith('#')) return answer(args, args.path);
        const field = tree.packageJson(tree.enclosing(dirname(args.importer)))?.imports;
        const conditions = args.kind === 'require-call' ? REQUIRE_CONDITIONS : IMPORT_CONDITIONS;
        const target = resolveTarget(field, args.path, conditions);
        return target === undefined || target.startsWith('./') ? undefined : answer(args, target);
      });

      build.onResolve({ filter: /^\.{1,2}\/.*\.node$/ }, (args) => {
        const file = resolve(args.resolveDir, args.path);
        return tree.file(file) === file ? OUTSIDE(FILE_PREFIX + tree.name(file)) : undefined;
      });

      // A single file without a package.json must not take the kind of its modules from a folder above.
      if (!tree.packageJson(tree.root)) {
        build.onResolve({ filter: /^\.\// }, (args) => {
          const file = tree.file(resolve(args.resolveDir, args.path));
          return file ? { path: file } : undefined;
        });
      }
    },
  };
}

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};
const LEADING_DIRECTIVE = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*(['"])use strict\1/;

export function startsStrict(source: string): boolean {
  return LEADING_DIRECTIVE.test(source);
}

/** Gives those files that ask for it their own `import.meta`, on their first line, so that the lines stay. */
export function metaPlugin(tree: PackageTree, files: readonly string[]): Plugin {
  const escaped = files.map((file) => file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return {
    name: 'stave-meta',
    setup(build) {
      build.onLoad({ filter: new RegExp(`^(?:${escaped.join('|')})$`) }, async ({ path }) => {
        const source = (await readFile(path, 'utf8')).replace(/^#!/, '//');
        const strict = startsStrict(source) ? '"use strict"; ' : '';
        const meta = `var ${META_NAME} = ${LOADER_NAME}.meta(${JSON.stringify(tree.name(path))});`;
        return { contents: strict + meta + source, loader: LOADERS[extname(path)] ?? 'js' };
      });
    },
  };
}

/** Whether a specifier in compiled code is neither a builtin nor a file of the bundle. */
export function isPackageSpecifier(specifier: string): boolean {
  return (
    !specifier.startsWith(FILE_PREFIX) && !specifier.startsWith('<') && builtinName(specifier) === undefined
  );
}

import { META_NAME } from './build-options.js';
import { LOADER_NAME } from './helper-rewrite.js';

/** Names that each bundle gets its own of, so that what it starts can be undone. */
export const FACADE_NAMES = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'console',
  'process',
] as const;

export type WrapperKind = 'esm' | 'cjs' | 'chunk';

const PARAMETERS: Record<WrapperKind, string> = {
  chunk: 'exports, require, module',
  esm: 'exports, require, module',
  cjs: 'exports, require, module, __filename, __dirname',
};

/**
 * The source of a function that takes the facades and gives the function of the module. Two functions, so that code may
 * declare a name such as `process` itself; both in parentheses, so that V8 compiles them at once. The code begins on
 * the second line.
 */
export function wrapModule(code: string, kind: WrapperKind, strict: boolean): string {
  const outer = [LOADER_NAME, META_NAME, ...FACADE_NAMES].join(', ');
  const body = code.startsWith('#!') ? `//${code}` : code;
  return `(function (${outer}) {${strict ? '"use strict";' : ''} return (function (${PARAMETERS[kind]}) {\n${body}\n});})`;
}

/** Line offset of a wrapped script: line 1 is the first of the code. */
export const WRAPPER_LINE_OFFSET = -1;

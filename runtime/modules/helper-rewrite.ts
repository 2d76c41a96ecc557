import { StaveError } from '@stave/api';

/**
 * The name under which compiled code finds the loader. `esm(namespace)` gives the marked object that stands for an ES module;
 * `isEsm(value)` knows such objects. No author may declare it: esbuild does not know that its helpers will use it.
 */
export const LOADER_NAME = '__stave_loader__';

const TO_ESM = /^var __toESM(\d*) = \(mod, isNodeMode, target\) => \(/gm;
const TO_COMMONJS =
  /^var __toCommonJS(\d*) = \(mod\) => __copyProps(\d*)\(__defProp(\d*)\(\{\}, "__esModule", \{ value: true \}\), mod\);$/gm;

/**
 * Makes esbuild's interop helpers know which exports came from an ES module: the default import of such a module is its real
 * default, with live bindings, in both module kinds; and one module has one exports object, however often it is required. Only
 * inserts within lines, so that the source map stays right.
 */
export function rewriteHelpers(code: string): string {
  let rewritten = 0;
  const text = code
    .replace(TO_ESM, (_all, n: string) => {
      rewritten += 1;
      return `var __toESM${n} = (mod, isNodeMode, target) => ${LOADER_NAME}.isEsm(mod) ? mod : (`;
    })
    .replace(TO_COMMONJS, (_all, n: string, copy: string) => {
      rewritten += 1;
      return `var __toCommonJS${n} = (mod) => __copyProps${copy}(${LOADER_NAME}.esm(mod), mod);`;
    });
  const expected = [...code.matchAll(/^var __to(?:ESM|CommonJS)\d* = /gm)].length;
  if (rewritten !== expected) {
    throw new StaveError('STAVE_INTERNAL', 'esbuild writes its helpers in a form that is not known');
  }
  return text;
}

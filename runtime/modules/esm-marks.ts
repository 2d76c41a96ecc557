import { types } from 'node:util';

const objects = new WeakMap<object, object>();
const marked = new WeakSet<object>();

/** The one exports object that stands for the namespace of an ES module; esbuild's helper fills it with live bindings. */
export function esmObject(namespace: object): object {
  let object = objects.get(namespace);
  if (!object) {
    object = Object.defineProperty({}, '__esModule', { value: true });
    objects.set(namespace, object);
    marked.add(object);
  }
  return object;
}

/** Says that a value is the namespace of an ES module: its default import is its `default`. */
export function markEsm(value: unknown): void {
  if (typeof value === 'object' && value !== null) marked.add(value);
}

/** Whether a value came from an ES module; the default import of any other value is the value itself. */
export function isEsm(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && (marked.has(value) || types.isModuleNamespaceObject(value))
  );
}

import { readFile } from 'node:fs/promises';
import { type BundleContext, type JsonObject, StaveError } from '@stave/api';
import type { ComponentRuntime } from '../components/component-runtime.js';
import { loadSchemaCheck } from '../config/schema-check.js';
import type { ComponentHost } from '../framework/collaborators.js';

type Check = (properties: JsonObject) => JsonObject;

/** The checks of the configurations that a bundle's manifest gives a schema for, by PID. */
async function checksOf(context: BundleContext): Promise<ReadonlyMap<string, Check>> {
  const checks = new Map<string, Check>();
  for (const [pid, path] of Object.entries(context.bundle.manifest.config)) {
    const where = `${context.bundle.name} ${path}`;
    checks.set(pid, await loadSchemaCheck(await readSchema(context.resource(path), where), where));
  }
  return checks;
}

async function readSchema(file: string, where: string): Promise<object> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as object;
  } catch (cause) {
    throw new StaveError('STAVE_MANIFEST_INVALID', 'the schema named in stave.config cannot be read', {
      where,
      cause,
    });
  }
}

/** Hands the components of a bundle to their runtime, with the schemas that the bundle's manifest names. */
export function componentHost(runtime: ComponentRuntime): ComponentHost {
  return {
    async add(context, exports, { signal, run }) {
      return runtime.add(context, exports, { checks: await checksOf(context), signal, run });
    },
  };
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from '../support/sample-bundles.js';

function nameOf(n: number): string {
  return `@bench/bundle-${n}`;
}

/** Bundles that a bundle imports from: three earlier ones, spread so that chains stay short. The first few have fewer. */
function importsOf(n: number): readonly number[] {
  if (n < 4) return Array.from({ length: n }, (_, other) => other);
  return [Math.floor(n / 4), Math.floor(n / 2), Math.floor((n * 3) / 4)];
}

/** A bundle of five files that registers one service and calls what it imports from three others. */
function generatedBundle(n: number): Readonly<Record<string, string>> {
  const others = importsOf(n);
  const functions = (prefix: string, count: number): string =>
    Array.from(
      { length: count },
      (_, at) =>
        `export function ${prefix}${at}(value: number): number {\n  return value * ${at + 2} + ${n};\n}\n`,
    ).join('');
  return {
    'package.json': JSON.stringify({
      name: nameOf(n),
      version: '1.0.0',
      type: 'module',
      exports: './src/api.ts',
      devDependencies: { '@stave/api': '*' },
      stave: {
        activator: './src/activator.ts',
        imports: Object.fromEntries(others.map((other) => [nameOf(other), '^1'])),
      },
    }),
    'src/api.ts': `import { serviceToken } from '@stave/api';
import { record0 } from './model.js';

export interface Counter {
  count(value: number): number;
}
export const Counter = serviceToken<Counter>('bench.Counter${n}');
export const offset = (value: number): number => record0(value);
`,
    'src/model.ts': `export interface Entry {\n  readonly key: string;\n  readonly value: number;\n}\n${functions('record', 8)}`,
    'src/format.ts': `import type { Entry } from './model.js';\n\nexport function format(entry: Entry): string {\n  return \`\${entry.key}=\${entry.value}\`;\n}\n${functions('scale', 8)}`,
    'src/counter.ts': `import type { Counter } from './api.js';
import { format, scale1 } from './format.js';
import { record1 } from './model.js';
${others.map((other, at) => `import { offset as offset${at} } from '${nameOf(other)}';`).join('\n')}

export class LocalCounter implements Counter {
  readonly seen: string[] = [];

  count(value: number): number {
    this.seen.push(format({ key: 'bundle-${n}', value }));
    return record1(scale1(value))${others.map((_, at) => ` + offset${at}(value)`).join('')};
  }
}
`,
    'src/activator.ts': `import type { BundleContext } from '@stave/api';
import { Counter } from './api.js';
import { LocalCounter } from './counter.js';

export default {
  start(context: BundleContext): void {
    const counter = new LocalCounter();
    counter.count(1);
    context.services.register(Counter, counter);
  },
};
`,
  };
}

/**
 * Writes so many bundles, and a descriptor with the feature `many` that lists them.
 *
 * @returns the path of the descriptor
 */
export async function generateBundles(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let n = 0; n < count; n += 1) await writeFiles(join(folder, `bundle-${n}`), generatedBundle(n));
  const bundles = Array.from({ length: count }, (_, n) => `file:${join(folder, `bundle-${n}`)}`);
  const descriptor = join(folder, 'many.json');
  await writeFile(
    descriptor,
    JSON.stringify({ name: 'many', features: [{ name: 'many', version: '1.0.0', bundles }] }),
  );
  return descriptor;
}

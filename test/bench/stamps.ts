import { watch } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Milliseconds since 1970 with fractions: the clock that processes of one machine share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** A source line by which code under test writes down that it ran; `file` and `mark` are source text. */
export function stampSource(file: string, mark: string): string {
  return `appendFileSync(${file}, \`\${${mark}} \${performance.timeOrigin + performance.now()}\\n\`);`;
}

/** A file into which code under test writes a mark and the time. */
export class Stamps {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async at(path: string): Promise<Stamps> {
    await writeFile(path, '');
    return new Stamps(path);
  }

  /** When a mark was written. Waits for it without taking much of the processor; at most for the given milliseconds. */
  async timeOf(mark: string, limit = 30_000): Promise<number> {
    const line = new RegExp(`^${mark} ([\\d.]+)$`, 'm');
    const { promise, resolve, reject } = withResolvers<number>();
    const look = async (): Promise<void> => {
      const found = line.exec(await readFile(this.path, 'utf8'));
      if (found) resolve(Number(found[1]));
    };
    const watcher = watch(dirname(this.path), () => void look().catch(reject));
    const timer = setTimeout(() => reject(new Error(`${mark} did not run within ${limit} ms`)), limit);
    try {
      await look();
      return await promise;
    } finally {
      watcher.close();
      clearTimeout(timer);
    }
  }
}

function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

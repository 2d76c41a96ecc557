import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packBundle } from '../../artifacts/pack.js';
import { type CommandLine, expectOnly } from '../command-line.js';
import { createArtifactStore } from '../create-artifact-store.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { RUNTIME_VERSION } from '../runtime-version.js';

/** Makes an archive of a bundle, with its dependencies inside. */
export async function pack(line: CommandLine, installation: string): Promise<number> {
  expectOnly(line, 1, ['out']);
  const folder = resolve(line.words[0] ?? '.');
  const { out } = line.options;
  const work = await mkdtemp(join(tmpdir(), 'stave-pack-'));
  try {
    const artifacts = createArtifactStore(
      { home: folder, installation, data: work },
      () => DEFAULT_LIMITS.artifacts,
    );
    const packed = await packBundle(artifacts, folder, {
      apiVersion: RUNTIME_VERSION,
      ...(typeof out === 'string' ? { out: resolve(out) } : {}),
    });
    const { file, digest, size } = packed;
    process.stdout.write(`made ${file}, ${Math.ceil(size / 1024)} kB, digest ${digest}\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return 0;
}

import { ArtifactStore } from '../artifacts/artifact-store.js';
import type { ArtifactLimits } from '../artifacts/limits.js';
import { parseManifest } from '../manifest/parse-manifest.js';
import { singleFileManifest } from '../manifest/single-file-manifest.js';

/** The artifact store with the readers of manifests, which it does not know itself. */
export function createArtifactStore(
  folders: { readonly home: string; readonly installation: string; readonly data: string },
  limits: () => ArtifactLimits,
  allowScripts: () => readonly string[] = () => [],
): ArtifactStore {
  return new ArtifactStore({
    data: folders.data,
    roots: { home: folders.home, installation: folders.installation },
    manifests: {
      parse: (packageJson, where, versionOf) => parseManifest(packageJson, where, { versionOf }),
      singleFile: (fileName, content, digest) => singleFileManifest(fileName, content, digest).manifest,
    },
    limits,
    allowScripts,
  });
}

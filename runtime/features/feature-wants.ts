import { type Artifacts, StaveError, type Want } from '@stave/api';
import type { KnownFeature } from './catalog-view.js';
import type { FeatureContent } from './descriptor.js';
import { homePath } from './home-path.js';
import type { KnownSource } from './source-files.js';

/** A want without those that want it. */
export type BareWant = Want extends infer W ? (W extends Want ? Omit<W, 'by' | 'claims'> : never) : never;

/** What a part of a feature brings; or why it cannot. */
export type ContentWants = { readonly wants: readonly BareWant[] } | { readonly problem: StaveError };

export interface ContentSources {
  resolve: Artifacts['resolve'];
  /** What was read of a configuration file. */
  fileAt(location: string): KnownSource<true> | undefined;
  /** Told of each configuration file that is looked at. */
  needs(location: string): void;
}

export function contentWants(
  feature: KnownFeature,
  content: FeatureContent,
  sources: ContentSources,
): ContentWants {
  try {
    const configurations = content.configs.map(
      ({ pid, properties }): BareWant => ({ kind: 'configuration', pid, properties, persist: 'file' }),
    );
    return {
      wants: [
        ...bundleWants(feature, content, sources),
        ...configurations,
        ...fileWants(feature, content, sources),
      ],
    };
  } catch (error) {
    if (!(error instanceof StaveError)) throw error;
    return { problem: error };
  }
}

function bundleWants(feature: KnownFeature, content: FeatureContent, sources: ContentSources): BareWant[] {
  return content.bundles.map((bundle): BareWant => {
    const startLevel = bundle.startLevel ?? feature.description.startLevel;
    return {
      kind: 'bundle',
      location: sources.resolve(bundle.location, feature.repository),
      start: bundle.start ?? true,
      ...(startLevel === undefined ? {} : { startLevel }),
      ...(bundle.integrity === undefined ? {} : { integrity: bundle.integrity }),
      ...(bundle.dependency ? { dependency: true } : {}),
    };
  });
}

function fileWants(feature: KnownFeature, content: FeatureContent, sources: ContentSources): BareWant[] {
  const where = `feature ${feature.id} of ${feature.repository}`;
  const files = content.configFiles.map(({ location, finalName }) => ({
    path: homePath(finalName, where),
    url: sources.resolve(location, feature.repository),
  }));
  for (const { url } of files) sources.needs(url);
  return files.map(({ path, url }): BareWant => {
    const source = sources.fileAt(url);
    if (source?.file) return { kind: 'file', path, content: source.file.content };
    throw (
      source?.problem ?? new StaveError('STAVE_DOWNLOAD_FAILED', `${url} has not been fetched`, { where })
    );
  });
}

import type { Features } from '@stave/api';

/** The installed features that bring a bundle, as `name/version`: claims name features, not what these come down to. */
export async function featuresWith(
  features: Pick<Features, 'list' | 'info'>,
  location: string,
): Promise<readonly string[]> {
  const installed = (await features.list()).filter(({ state }) => state !== 'uninstalled');
  const details = await Promise.all(installed.map(({ name, version }) => features.info(name, version)));
  return details
    .flat()
    .filter(({ bundles, conditionals }) =>
      [
        ...bundles.map((bundle) => bundle.location),
        ...conditionals.flatMap(({ bundles: some }) => some),
      ].includes(location),
    )
    .map(({ name, version }) => `${name}/${version}`);
}

import { type ArgumentSpec, type Bundle, type Bundles, StaveError } from '@stave/api';
import { nearest } from '../../base/nearest.js';

/** How users name bundles. */
export function bundleArgument(
  bundles: Bundles,
  options: { readonly optional?: boolean } = {},
): ArgumentSpec {
  return {
    name: 'bundles',
    description: 'Their ids, names, or NAME@VERSION',
    many: true,
    optional: options.optional === true,
    complete: () => [...new Set(bundles.list().map(({ name }) => name))],
  };
}

/** A bundle by id, name (the highest version) or `name@version`. Throws `STAVE_BUNDLE_UNKNOWN`. */
export function bundleOf(bundles: Bundles, text: string): Bundle {
  const found = bundles.get(/^\d+$/.test(text) ? Number(text) : text);
  if (found) return found;
  const near = nearest(
    text,
    bundles.list().map(({ name }) => name),
  );
  throw new StaveError(
    'STAVE_BUNDLE_UNKNOWN',
    `there is no bundle ${text}`,
    near === undefined ? {} : { remedy: `did you mean ${near}? see bundle:list` },
  );
}

/** Bundles that are to be changed: any but the runtime itself. */
export function changeable(bundles: Bundles, texts: readonly string[]): readonly Bundle[] {
  return texts.map((text) => {
    const bundle = bundleOf(bundles, text);
    if (bundle.id !== 0) return bundle;
    throw new StaveError('STAVE_BUNDLE_STATE', 'bundle 0 is the runtime itself', {
      remedy: 'stop the node with system:shutdown',
    });
  });
}

export function bundleLabel({ name, version }: Pick<Bundle, 'name' | 'version'>): string {
  return `${name} ${version}`;
}

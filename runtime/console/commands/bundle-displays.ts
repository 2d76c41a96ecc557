import {
  type Bundle,
  type Bundles,
  type Claims,
  type Command,
  type ComponentInfo,
  type Components,
  type Features,
  type Override,
  overrideKey,
} from '@stave/api';
import { pairs } from '../language/help-text.js';
import { featuresWith } from './bundle-features.js';
import { bundleArgument, bundleLabel, bundleOf } from './bundle-selection.js';
import { instanceProblems } from './component-commands.js';
import { argument, argumentList, flag } from './invocation.js';

interface Deps {
  readonly bundles: Bundles;
  readonly claims: Claims;
  readonly components: Components;
  readonly features: Pick<Features, 'list' | 'info'>;
}

/** The commands of the scope `bundle` that only show. */
export function bundleDisplays(deps: Deps): readonly Command[] {
  return [list(deps), info(deps), diag(deps), treeShow(deps)];
}

function list({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'list',
    description: 'Show the installed bundles and their states',
    options: [{ name: 'location', short: 'l', description: 'Where each comes from, too' }],
    execute(invocation) {
      const shown = [...bundles.list()].sort((a, b) => a.id - b.id);
      const overrides = new Map(claims.overrides().map((override) => [override.bundle, override]));
      const decisions = shown.map((bundle) => overrideText(overrides.get(overrideKey(bundle))));
      const columns = [
        { title: 'Location', shown: flag(invocation, 'location'), cell: (bundle: Bundle) => bundle.location },
        {
          title: 'Override',
          shown: decisions.some((text) => text !== ''),
          cell: (_: Bundle, at: number) => decisions[at]!,
        },
        {
          title: 'Problem',
          shown: shown.some(({ problem }) => problem !== undefined),
          cell: (bundle: Bundle) => bundle.problem ?? '',
        },
      ].filter((column) => column.shown);
      return {
        columns: ['ID', 'State', 'Lvl', 'Version', 'Name', ...columns.map(({ title }) => title)],
        rows: shown.map((bundle, at) => [
          bundle.id,
          bundle.state,
          bundle.startLevel,
          bundle.version,
          bundle.name,
          ...columns.map(({ cell }) => cell(bundle, at)),
        ]),
        empty: 'No bundles',
      };
    },
  };
}

function overrideText(override: Override | undefined): string {
  const parts = [
    ...(override?.stopped ? ['stopped'] : []),
    ...(override?.startLevel ? [`start level ${override.startLevel}`] : []),
  ];
  return parts.join(', ');
}

function info(deps: Deps): Command {
  return {
    scope: 'bundle',
    name: 'info',
    description: 'Show all that is known about bundles',
    arguments: [bundleArgument(deps.bundles)],
    async execute(invocation) {
      const chosen = argumentList(invocation, 'bundles').map((text) => bundleOf(deps.bundles, text));
      const texts = chosen.map(async (bundle) =>
        infoText(bundle, deps, await featuresWith(deps.features, bundle.location)),
      );
      return (await Promise.all(texts)).join('\n');
    },
  };
}

function infoText(
  bundle: Bundle,
  { bundles, claims, components }: Deps,
  features: readonly string[],
): string {
  const { manifest } = bundle;
  const owners = claims
    .list()
    .filter(({ type, key }) => type === 'bundle' && key === bundle.location)
    .map(({ owner }) => owner);
  const override = overrideText(claims.overrides().find((it) => it.bundle === overrideKey(bundle)));
  const facts: readonly (readonly [string, string])[] = [
    ['ID', String(bundle.id)],
    ['State', bundle.state],
    ['Problem', bundle.problem ?? ''],
    ['Override', override],
    ['Description', manifest.description ?? ''],
    ['Start level', String(bundle.startLevel)],
    ['Location', bundle.location],
    ['Digest', bundle.digest],
    ['Claimed by', [...owners, ...features.map((feature) => `feature ${feature}`)].join(', ')],
    ['Exports', manifest.exports.map(({ name, version }) => `${name} ${version}`).join(', ')],
    ['Imports', bundle.wires.map((wire) => wireText(wire, bundles)).join(', ')],
    [
      'Components',
      componentsOf(bundle, components)
        .map(({ name }) => name)
        .join(', '),
    ],
  ];
  const shown = facts.filter(([, value]) => value !== '');
  return [bundleLabel(bundle), ...pairs(shown).map((line) => `  ${line}`), ''].join('\n');
}

function wireText(wire: Bundle['wires'][number], bundles: Bundles): string {
  const provider = bundles.get(wire.provider);
  return `${wire.package} ${wire.version} from ${provider ? bundleLabel(provider) : `bundle ${wire.provider}`}`;
}

function componentsOf(bundle: Bundle, components: Components): readonly ComponentInfo[] {
  return components.list().filter((component) => component.bundle.id === bundle.id);
}

function diag({ bundles, components }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'diag',
    description: 'Show why bundles are not as they should be, and what their components wait for',
    arguments: [bundleArgument(bundles, { optional: true })],
    execute(invocation) {
      const asked = argumentList(invocation, 'bundles').map((text) => bundleOf(bundles, text));
      const shown = (asked.length > 0 ? asked : bundles.list())
        .map((bundle) => ({ bundle, lines: diagLines(bundle, components) }))
        .filter(({ lines }) => asked.length > 0 || lines.length > 0);
      if (shown.length === 0) return 'Every bundle is as it should be';
      return shown
        .map(({ bundle, lines }) => {
          const title = `${bundleLabel(bundle)} (${bundle.id})`;
          const text = lines.length === 0 ? ['nothing is wrong'] : lines;
          return [title, '-'.repeat(title.length), `Status: ${bundle.state}`, ...text, ''].join('\n');
        })
        .join('\n');
    },
  };
}

function diagLines(bundle: Bundle, components: Components): readonly string[] {
  const waiting = componentsOf(bundle, components).flatMap((component) =>
    instanceProblems(component).map((problem) => `Component ${component.name}: ${problem}`),
  );
  return [...(bundle.problem === undefined ? [] : [bundle.problem]), ...waiting];
}

function treeShow({ bundles }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'tree-show',
    description: 'Show which bundles a bundle is wired to, and those to which others',
    arguments: [
      {
        ...bundleArgument(bundles),
        name: 'bundle',
        description: 'Its id, name, or NAME@VERSION',
        many: false,
      },
    ],
    execute(invocation) {
      const root = bundleOf(bundles, argument(invocation, 'bundle'));
      const versions = new Map<string, Set<string>>();
      const lines = [
        `${bundleLabel(root)} (${root.id})`,
        ...treeLines(root, bundles, '', new Set([root.id]), versions),
      ];
      const several = [...versions].filter(([, found]) => found.size > 1);
      const warnings = several.map(
        ([name, found]) => `note: ${name} is wired in ${[...found].sort().join(' and ')}`,
      );
      return [...lines, ...warnings].join('\n');
    },
  };
}

/** A bundle that was shown before is named again, but not opened again. */
function treeLines(
  bundle: Bundle,
  bundles: Bundles,
  indent: string,
  seen: Set<number>,
  versions: Map<string, Set<string>>,
): readonly string[] {
  const byProvider = new Map<number, string[]>();
  for (const { package: name, version, provider } of bundle.wires) {
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), `${name} ${version}`]);
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  const providers = [...byProvider];
  return providers.flatMap(([id, packages], at) => {
    const last = at === providers.length - 1;
    const provider = bundles.get(id);
    const known = seen.has(id);
    seen.add(id);
    const label = provider ? `${bundleLabel(provider)} (${id})` : `bundle ${id}`;
    const repeated = known && (provider?.wires.length ?? 0) > 0 ? ', see above' : '';
    const line = `${indent}${last ? '└─ ' : '├─ '}${label} [${packages.join(', ')}]${repeated}`;
    if (!provider || known) return [line];
    return [line, ...treeLines(provider, bundles, `${indent}${last ? '   ' : '│  '}`, seen, versions)];
  });
}

import { type Command, type FeatureDetails, type Features, StaveError } from '@stave/api';
import { nearest } from '../../base/nearest.js';
import { featureArgument } from './feature-argument.js';
import { featureName, featureRange } from './feature-name.js';
import { argument, flag } from './invocation.js';

interface Deps {
  readonly features: Features;
}

/** The commands of the scope `feature` that only show features. */
export function featureDisplays(deps: Deps): readonly Command[] {
  return [list(deps), info(deps)];
}

function list({ features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'list',
    description: 'Show the features that known repositories offer',
    options: [
      { name: 'installed', short: 'i', description: 'Only those that are installed' },
      { name: 'required', short: 'r', description: 'Only those that somebody asks for by name' },
      { name: 'show-hidden', short: 's', description: 'Hidden ones too' },
    ],
    async execute(invocation) {
      const installed = flag(invocation, 'installed');
      const required = flag(invocation, 'required');
      const hidden = flag(invocation, 'show-hidden');
      const shown = (await features.list()).filter(
        (feature) =>
          (!installed || feature.state === 'installed' || feature.state === 'started') &&
          (!required || feature.required) &&
          (hidden || !feature.hidden || feature.required),
      );
      const problems = shown.some(({ problem }) => problem !== undefined);
      return {
        columns: [
          ...['Name', 'Version', 'Required', 'State', 'Repository', 'Description'],
          ...(problems ? ['Problem'] : []),
        ],
        rows: shown.map((feature) => [
          feature.name,
          feature.version,
          feature.required,
          feature.state,
          feature.repository,
          feature.description ?? '',
          ...(problems ? [feature.problem ?? ''] : []),
        ]),
        empty: installed ? 'No features installed' : 'No features available',
      };
    },
  };
}

function info({ features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'info',
    description: 'Show what a feature consists of, and who wants it',
    arguments: [
      { ...featureArgument(features, ''), name: 'feature', description: 'NAME or NAME/RANGE', many: false },
    ],
    async execute(invocation) {
      const reference = argument(invocation, 'feature');
      const found = await features.info(featureName(reference), featureRange(reference));
      if (found.length === 0) throw await unknownFeature(features, reference);
      return found.map(detailsText).join('\n');
    },
  };
}

function detailsText(feature: FeatureDetails): string {
  const lines = [
    `${feature.name} ${feature.version}${feature.hidden ? ' (hidden)' : ''}`,
    ...(feature.description === undefined ? [] : [`  ${feature.description}`]),
    `  State: ${feature.state}`,
    ...(feature.problem === undefined ? [] : [`  Problem: ${feature.problem}`]),
    `  Repository: ${feature.repository}`,
    ...(feature.owners.length === 0 ? [] : [`  Wanted by: ${feature.owners.join(', ')}`]),
    ...section(
      'Features',
      feature.features.map(({ name, range }) => (range === '*' ? name : `${name}/${range}`)),
    ),
    ...section('Bundles', feature.bundles.map(bundleText)),
    ...section('Configurations', feature.configurations),
    ...section('Files', feature.files),
    ...feature.conditionals.flatMap(({ condition, bundles }) =>
      section(`With ${condition.join(' and ')}`, bundles),
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function bundleText({ location, startLevel, start }: FeatureDetails['bundles'][number]): string {
  const facts = [
    ...(startLevel === undefined ? [] : [`start level ${startLevel}`]),
    ...(start ? [] : ['not started']),
  ];
  return facts.length === 0 ? location : `${location} (${facts.join(', ')})`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

async function unknownFeature(features: Features, reference: string): Promise<StaveError> {
  const near = nearest(
    featureName(reference),
    (await features.list()).map(({ name }) => name),
  );
  return new StaveError(
    'STAVE_FEATURE_UNKNOWN',
    `no known repository offers ${reference}`,
    near === undefined ? {} : { remedy: `did you mean ${near}? see feature:list` },
  );
}

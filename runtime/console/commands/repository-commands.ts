import {
  type Artifacts,
  type Claim,
  type Claims,
  type Command,
  type Features,
  type RepositoryInfo,
  StaveError,
} from '@stave/api';
import { featureName } from './feature-name.js';
import { FORCE, GESTURE_OPTIONS, gesture } from './gesture.js';
import { argumentList, flag, usage } from './invocation.js';

interface Deps {
  readonly claims: Claims;
  readonly features: Features;
  readonly artifacts: Pick<Artifacts, 'resolve'>;
}

/** The `feature:repo-*` commands: the descriptors that are known. */
export function repositoryCommands(deps: Deps): readonly Command[] {
  return [add(deps), remove(deps), list(deps), refresh(deps)];
}

function add({ claims, artifacts, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'repo-add',
    description: 'Make the features of descriptors known; installs nothing',
    arguments: [
      {
        name: 'urls',
        description: 'Locations of descriptors: a path, file:, https:, npm:name, stave:',
        many: true,
      },
    ],
    options: GESTURE_OPTIONS,
    async execute(invocation) {
      const set = argumentList(invocation, 'urls').map((url) => ({
        type: 'repository',
        key: artifacts.resolve(url, invocation.session.cwd),
        value: {},
      }));
      const urls = set.map(({ key }) => key);
      const added = async (): Promise<string> =>
        (await features.repositories())
          .filter(({ url }) => urls.includes(url))
          .map(
            (repository) => `added ${repository.name} with ${repository.features} features, see feature:list`,
          )
          .join('\n');
      // Asked for by name it is read now, although a former attempt may have failed just before.
      return gesture(claims, { set, update: urls, cause: 'feature:repo-add' }, invocation, added);
    },
  };
}

function remove(deps: Deps): Command {
  const { claims, features } = deps;
  return {
    scope: 'feature',
    name: 'repo-remove',
    description: 'Forget a descriptor',
    arguments: [
      {
        name: 'repositories',
        description: 'Names or URLs, as feature:repo-list shows them',
        many: true,
        complete: async () => (await features.repositories()).map(({ name }) => name),
      },
    ],
    options: [
      ...GESTURE_OPTIONS,
      { name: 'uninstall-all', short: 'u', description: 'Uninstall its features too' },
    ],
    async execute(invocation) {
      const found = await repositoriesOf(
        deps,
        argumentList(invocation, 'repositories'),
        invocation.session.cwd,
      );
      const needed = await neededFeatures(deps, new Set(found.map(({ url }) => url)));
      const together = flag(invocation, 'uninstall-all');
      const [first] = needed;
      if (first && !together && !flag(invocation, FORCE.name))
        throw new StaveError(
          'STAVE_REPOSITORY_NEEDED',
          `only this repository offers ${needed.map(({ key }) => key).join(', ')}, which the console has installed`,
        );
      const release = found.map(({ url }) => ({ type: 'repository', key: url }));
      return gesture(
        claims,
        {
          release: together ? [...needed.map(({ type, key }) => ({ type, key })), ...release] : release,
          cause: 'feature:repo-remove',
        },
        invocation,
        async () => `forgot ${found.map(({ name }) => name).join(', ')}`,
      );
    },
  };
}

/** The console's feature claims that no other repository can meet. */
async function neededFeatures(
  { claims, features }: Deps,
  urls: ReadonlySet<string>,
): Promise<readonly Claim[]> {
  const known = await features.list();
  const offeredIn = (name: string, inside: boolean): boolean =>
    known.some((feature) => feature.name === name && urls.has(feature.repository) === inside);
  return claims.list().filter(({ owner, type, key }) => {
    if (owner !== 'console' || type !== 'feature') return false;
    return offeredIn(featureName(key), true) && !offeredIn(featureName(key), false);
  });
}

function list({ features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'repo-list',
    description: 'Show the descriptors that are known',
    async execute() {
      const repositories = await features.repositories();
      const problems = repositories.some(({ problem }) => problem !== undefined);
      return {
        columns: ['Repository', 'URL', 'Features', 'Owners', ...(problems ? ['Problem'] : [])],
        rows: repositories.map(({ name, url, features: count, owners, problem }) => [
          name,
          url,
          count,
          owners,
          ...(problems ? [problem ?? ''] : []),
        ]),
        empty: 'No repositories',
      };
    },
  };
}

function refresh(deps: Deps): Command {
  const { claims, features } = deps;
  return {
    scope: 'feature',
    name: 'repo-refresh',
    description: 'Read descriptors again',
    arguments: [
      {
        name: 'repositories',
        description: 'Names or URLs; without any, all',
        many: true,
        optional: true,
        complete: async () => (await features.repositories()).map(({ name }) => name),
      },
    ],
    options: GESTURE_OPTIONS,
    async execute(invocation) {
      const asked = argumentList(invocation, 'repositories');
      const found =
        asked.length === 0
          ? await features.repositories()
          : await repositoriesOf(deps, asked, invocation.session.cwd);
      return gesture(
        claims,
        { update: found.map(({ url }) => url), cause: 'feature:repo-refresh' },
        invocation,
      );
    },
  };
}

async function repositoriesOf(
  { features, artifacts }: Deps,
  asked: readonly string[],
  cwd: string,
): Promise<readonly RepositoryInfo[]> {
  const known = await features.repositories();
  return asked.map((text) => {
    const url = tryResolve(artifacts, text, cwd);
    const exact = known.find((repository) => repository.url === text || repository.url === url);
    const named = known.filter(({ name }) => name === text);
    if (named.length > 1 && !exact)
      throw usage(
        `several repositories are named ${text}`,
        `write one of ${named.map((it) => it.url).join(', ')}`,
      );
    const found = exact ?? named[0];
    if (found) return found;
    throw new StaveError('STAVE_REPOSITORY_UNKNOWN', `there is no repository ${text}`);
  });
}

/** A name is no location; that is no reason to refuse it. */
function tryResolve(artifacts: Deps['artifacts'], text: string, cwd: string): string | undefined {
  try {
    return artifacts.resolve(text, cwd);
  } catch {
    return undefined;
  }
}

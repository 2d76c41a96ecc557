import {
  type Claim,
  type ClaimKey,
  type Claims,
  type Command,
  type FeatureInfo,
  type Features,
  type JsonObject,
  StaveError,
} from '@stave/api';
import { featureArgument } from './feature-argument.js';
import { featureName, featureRange } from './feature-name.js';
import { GESTURE_OPTIONS, gesture, NO_REFRESH } from './gesture.js';
import { argumentList, flag } from './invocation.js';

interface Deps {
  readonly claims: Claims;
  readonly features: Features;
}

/** Data of a claim that only stops what others want: it goes when it says nothing any more. */
const ONLY_START: JsonObject = { only: 'start' };

/** The commands of the scope `feature` that change which features are there, and whether they run. */
export function featureGestures(deps: Deps): readonly Command[] {
  return [install(deps), uninstall(deps), upgrade(deps), refresh(deps), start(deps), stop(deps)];
}

function install({ claims, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'install',
    description: 'Install features, with all that they need',
    arguments: [featureArgument(features, 'NAME, NAME/1.2.0 or NAME/^1.2.0; without a version the newest')],
    options: [
      ...GESTURE_OPTIONS,
      NO_REFRESH,
      { name: 'no-auto-start', short: 's', description: 'Do not start their bundles' },
    ],
    execute(invocation) {
      const value = flag(invocation, 'no-auto-start') ? { start: false } : {};
      const set = argumentList(invocation, 'features').map((key) => ({ type: 'feature', key, value }));
      return gesture(claims, { set, cause: 'feature:install' }, invocation);
    },
  };
}

function uninstall({ claims, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'uninstall',
    description: 'Give up features; what others still want stays',
    arguments: [featureArgument(features, 'NAME for all its versions, or NAME/RANGE as it was installed')],
    options: GESTURE_OPTIONS,
    execute(invocation) {
      const release = argumentList(invocation, 'features').flatMap((name): readonly ClaimKey[] => {
        const own = ownClaims(claims, name);
        // Without a claim of one's own the refusal, which names the owners, is the business of Claims.
        return own.length > 0 ? own.map(keyOf) : [{ type: 'feature', key: name }];
      });
      return gesture(claims, { release, cause: 'feature:uninstall' }, invocation);
    },
  };
}

function keyOf({ type, key }: Claim): ClaimKey {
  return { type, key };
}

/** The console's claims on a feature: of that key, else of that name. */
function ownClaims(claims: Claims, reference: string): readonly Claim[] {
  const own = claims.list().filter(({ owner, type }) => owner === 'console' && type === 'feature');
  const same = own.filter(({ key }) => key === reference);
  return same.length > 0 ? same : own.filter(({ key }) => featureName(key) === reference);
}

function upgrade({ claims, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'upgrade',
    description: 'Bring features to the newest version in their range',
    arguments: [
      featureArgument(
        features,
        'NAME, or NAME/RANGE to change the range too; without any, all that are installed',
        true,
      ),
    ],
    options: [...GESTURE_OPTIONS, NO_REFRESH],
    async execute(invocation) {
      const asked = argumentList(invocation, 'features');
      const upgraded = asked.length > 0 ? asked : await installedNames(features);
      const ranged = asked.filter((reference) => featureRange(reference) !== undefined);
      return gesture(
        claims,
        {
          repin: upgraded.map((reference) => `feature:${featureName(reference)}`),
          set: ranged.map((key) => ({ type: 'feature', key, value: {} })),
          release: ranged.flatMap((reference) => otherRanges(claims, reference)),
          cause: 'feature:upgrade',
        },
        invocation,
      );
    },
  };
}

async function installedNames(features: Features): Promise<readonly string[]> {
  const installed = (await features.list()).filter(
    ({ state }) => state === 'installed' || state === 'started',
  );
  return [...new Set(installed.map(({ name }) => name))];
}

function otherRanges(claims: Claims, reference: string): readonly ClaimKey[] {
  return ownClaims(claims, featureName(reference))
    .filter(({ key }) => key !== reference)
    .map(keyOf);
}

function refresh({ claims, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'refresh',
    description: 'Read all repositories again and plan anew',
    options: [
      ...GESTURE_OPTIONS,
      { name: 'repin', description: 'Drop every choice once made: versions, artifacts, wires' },
      { name: 'configs', description: 'Write configurations and files again that somebody has deleted' },
    ],
    async execute(invocation) {
      const update = (await features.repositories()).map(({ url }) => url);
      return gesture(
        claims,
        {
          update,
          configs: flag(invocation, 'configs'),
          ...(flag(invocation, 'repin') ? { repin: true as const } : {}),
          cause: 'feature:refresh',
        },
        invocation,
      );
    },
  };
}

function start({ claims, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'start',
    description: 'Start the bundles of features that were stopped',
    arguments: [featureArgument(features, 'NAME or NAME/RANGE')],
    options: GESTURE_OPTIONS,
    execute(invocation) {
      const own = argumentList(invocation, 'features').flatMap((name) => startClaims(claims, name));
      const onlyStart = own.filter(({ data }) => isOnlyStart(data));
      return gesture(
        claims,
        {
          release: onlyStart.map(keyOf),
          set: own
            .filter((claim) => !onlyStart.includes(claim))
            .map(({ type, key, value: { start: _, ...value } }) => ({ type, key, value })),
          cause: 'feature:start',
        },
        invocation,
      );
    },
  };
}

/** The claims that keep a feature from being started. Throws when there are none. */
function startClaims(claims: Claims, name: string): readonly Claim[] {
  const stopped = ownClaims(claims, name).filter(({ value }) => value.start === false);
  if (stopped.length > 0) return stopped;
  throw new StaveError('STAVE_CLAIM_INVALID', `the console has not stopped the feature ${name}`, {
    remedy: `see feature:info ${name}; a bundle is started with bundle:start`,
  });
}

function isOnlyStart(data: Claim['data']): boolean {
  return typeof data === 'object' && data !== null && !Array.isArray(data) && 'only' in data;
}

function stop({ claims, features }: Deps): Command {
  return {
    scope: 'feature',
    name: 'stop',
    description: 'Stop the bundles of features; they stay installed',
    arguments: [featureArgument(features, 'NAME or NAME/RANGE')],
    options: GESTURE_OPTIONS,
    async execute(invocation) {
      const known = await features.list();
      const set = argumentList(invocation, 'features').flatMap((name) => stopClaims(claims, known, name));
      return gesture(claims, { set, cause: 'feature:stop' }, invocation);
    },
  };
}

function stopClaims(
  claims: Claims,
  known: readonly FeatureInfo[],
  reference: string,
): readonly Omit<Claim, 'owner'>[] {
  const own = ownClaims(claims, reference);
  if (own.length > 0)
    return own.map(({ type, key, value, data }) => ({
      type,
      key,
      value: { ...value, start: false },
      ...(data === undefined ? {} : { data }),
    }));
  const installed = known.some(
    ({ name, state }) => name === featureName(reference) && (state === 'installed' || state === 'started'),
  );
  if (installed) return [{ type: 'feature', key: reference, value: { start: false }, data: ONLY_START }];
  throw new StaveError('STAVE_FEATURE_UNKNOWN', `the feature ${reference} is not installed`, {
    remedy: 'see feature:list -i',
  });
}

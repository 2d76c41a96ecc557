import {
  type Artifacts,
  type Bundle,
  type Bundles,
  type Claims,
  type Command,
  type Features,
  overrideKey,
  StaveError,
} from '@stave/api';
import { featuresWith } from './bundle-features.js';
import { bundleArgument, bundleLabel, bundleOf, changeable } from './bundle-selection.js';
import { FORCE, GESTURE_OPTIONS, gesture, NO_REFRESH, SIMULATE } from './gesture.js';
import { argument, argumentList, flag, option, optionalArgument, usage, wholeNumber } from './invocation.js';

interface Deps {
  readonly bundles: Bundles;
  readonly claims: Claims;
  readonly artifacts: Pick<Artifacts, 'resolve'>;
  readonly features: Pick<Features, 'list' | 'info'>;
}

/** The commands of the scope `bundle` that change something. */
export function bundleGestures(deps: Deps): readonly Command[] {
  return [
    install(deps),
    uninstall(deps),
    start(deps),
    stop(deps),
    restart(deps),
    update(deps),
    refresh(deps),
    startLevel(deps),
  ];
}

function install({ claims, artifacts }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'install',
    description: 'Install bundles, with what they need, and start them',
    arguments: [
      {
        name: 'locations',
        description: 'Folders, archives or single files: a path, file:, npm:name@range, https:, stave:',
        many: true,
      },
    ],
    options: [
      ...GESTURE_OPTIONS,
      NO_REFRESH,
      { name: 'start', short: 's', description: 'Start them, which is done anyway' },
      { name: 'no-start', description: 'Only install and resolve them' },
      { name: 'start-level', short: 'l', value: 'level', description: 'The start level that they get' },
    ],
    execute(invocation) {
      const level = option(invocation, 'start-level');
      const value = {
        ...(flag(invocation, 'no-start') ? { start: false } : {}),
        ...(level === undefined ? {} : { startLevel: levelOf(level) }),
      };
      const set = argumentList(invocation, 'locations').map((location) => ({
        type: 'bundle',
        key: artifacts.resolve(location, invocation.session.cwd),
        value,
      }));
      return gesture(claims, { set, cause: 'bundle:install' }, invocation);
    },
  };
}

function uninstall({ bundles, claims, features }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'uninstall',
    description: 'Give up bundles; what others still want stays',
    arguments: [bundleArgument(bundles)],
    options: GESTURE_OPTIONS,
    async execute(invocation) {
      const chosen = changeable(bundles, argumentList(invocation, 'bundles'));
      const claimed = new Set(claims.list().flatMap(({ type, key }) => (type === 'bundle' ? [key] : [])));
      for (const bundle of chosen) if (!claimed.has(bundle.location)) await refuseOfFeature(bundle, features);
      const release = chosen.map(({ location }) => ({ type: 'bundle', key: location }));
      return gesture(claims, { release, cause: 'bundle:uninstall' }, invocation);
    },
  };
}

/** A bundle that nobody claims by itself goes with its features. */
async function refuseOfFeature(bundle: Bundle, features: Deps['features']): Promise<void> {
  const owners = await featuresWith(features, bundle.location);
  if (owners.length === 0) return;
  throw new StaveError('STAVE_CLAIM_NOT_OWNED', `it belongs to feature ${owners.join(', ')}`, {
    where: bundleLabel(bundle),
    remedy: `uninstall that with feature:uninstall ${owners.map((owner) => owner.split('/')[0]).join(' ')}, or stop the bundle with bundle:stop`,
  });
}

function start({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'start',
    description: 'Start bundles, also after a failure, and keep them started',
    arguments: [bundleArgument(bundles)],
    options: [SIMULATE],
    async execute(invocation) {
      const chosen = changeable(bundles, argumentList(invocation, 'bundles'));
      const text = await gesture(
        claims,
        {
          overrides: chosen.map((bundle) => ({ bundle: overrideKey(bundle), stopped: false })),
          // One that is meant to run and does not has failed, and is tried again.
          restart: chosen
            .filter(({ state, autostart }) => autostart && state !== 'ACTIVE')
            .map(({ id }) => id),
          cause: 'bundle:start',
        },
        invocation,
      );
      if (!flag(invocation, SIMULATE.name)) for (const { id } of chosen) checkStarted(bundles.get(id));
      return text;
    },
  };
}

/** A failing start is only observed, and so changes nothing; whoever asked for it must be told all the same. */
function checkStarted(bundle: Bundle | undefined): void {
  if (!bundle || bundle.state === 'ACTIVE' || bundle.problem === undefined) return;
  throw new StaveError('STAVE_START_FAILED', `it is ${bundle.state}: ${bundle.problem}`, {
    where: bundleLabel(bundle),
    remedy: `see bundle:diag ${bundle.id}`,
  });
}

function stop({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'stop',
    description: 'Stop bundles, whoever wants them, until bundle:start',
    arguments: [bundleArgument(bundles)],
    options: GESTURE_OPTIONS,
    execute(invocation) {
      const overrides = changeable(bundles, argumentList(invocation, 'bundles')).map((bundle) => ({
        bundle: overrideKey(bundle),
        stopped: true,
      }));
      return gesture(claims, { overrides, cause: 'bundle:stop' }, invocation);
    },
  };
}

function restart({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'restart',
    description: 'Stop bundles and start them again',
    arguments: [bundleArgument(bundles)],
    options: [SIMULATE],
    execute(invocation) {
      const ids = changeable(bundles, argumentList(invocation, 'bundles')).map(({ id }) => id);
      return gesture(claims, { restart: ids, cause: 'bundle:restart' }, invocation);
    },
  };
}

function update({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'update',
    description: 'Fetch bundles again from where they come, and restart what has changed',
    arguments: [bundleArgument(bundles)],
    options: [...GESTURE_OPTIONS, NO_REFRESH],
    execute(invocation) {
      const locations = changeable(bundles, argumentList(invocation, 'bundles')).map(
        ({ location }) => location,
      );
      return gesture(claims, { update: locations, cause: 'bundle:update' }, invocation);
    },
  };
}

function refresh({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'refresh',
    description: 'Choose anew what bundles are wired to, and restart those that change',
    arguments: [bundleArgument(bundles, { optional: true })],
    options: GESTURE_OPTIONS,
    execute(invocation) {
      const asked = argumentList(invocation, 'bundles');
      const chosen =
        asked.length > 0 ? changeable(bundles, asked) : bundles.list().filter(({ id }) => id !== 0);
      const repin = [...new Set(chosen.map(({ name }) => `wire:${name}`))];
      return gesture(claims, { repin, cause: 'bundle:refresh' }, invocation);
    },
  };
}

function startLevel({ bundles, claims }: Deps): Command {
  return {
    scope: 'bundle',
    name: 'start-level',
    description: 'Show the start level of the node or of a bundle; set that of a bundle',
    arguments: [
      {
        ...bundleArgument(bundles),
        name: 'bundle',
        description: 'Its id, name, or NAME@VERSION',
        many: false,
        optional: true,
      },
      { name: 'level', description: 'From 1 to 1000; 0 takes back what was set here', optional: true },
    ],
    options: [SIMULATE, FORCE],
    execute(invocation) {
      const text = optionalArgument(invocation, 'bundle');
      if (text === undefined) return String(bundles.startLevel);
      const level = optionalArgument(invocation, 'level');
      if (level === undefined) return String(bundleOf(bundles, text).startLevel);
      const overrides = changeable(bundles, [argument(invocation, 'bundle')]).map((bundle) => ({
        bundle: overrideKey(bundle),
        startLevel: level === '0' ? 0 : levelOf(level),
      }));
      return gesture(claims, { overrides, cause: 'bundle:start-level' }, invocation, async () => {
        const { name, startLevel: now } = bundleOf(bundles, text);
        return `the start level of ${name} is ${now}`;
      });
    },
  };
}

function levelOf(text: string): number {
  const level = wholeNumber(text, 'a start level');
  if (level >= 1 && level <= 1000) return level;
  throw usage(`a start level is from 1 to 1000, not ${text}`);
}

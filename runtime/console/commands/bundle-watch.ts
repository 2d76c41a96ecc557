import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Artifacts,
  type Bundle,
  type Bundles,
  type Claims,
  type Command,
  describeError,
  type Home,
  type Invocation,
} from '@stave/api';
import { bundleArgument, bundleLabel, bundleOf } from './bundle-selection.js';
import { gesture } from './gesture.js';
import { argumentList, usage } from './invocation.js';

interface Deps {
  readonly bundles: Bundles;
  readonly claims: Claims;
  readonly artifacts: Pick<Artifacts, 'resolve'>;
  readonly home: Pick<Home, 'root' | 'installation'>;
}

/** Editors write several files at once; an update waits until they are quiet for so long. */
const QUIET_MILLISECONDS = 50;
/** What a build or a package manager does there is no change of the bundle. */
const PASSED_OVER = /(^|\/)(node_modules|\.[^/]*)(\/|$)/;

/** `bundle:watch`: updates bundles as their sources change, until Ctrl-C. */
export function bundleWatch(deps: Deps): Command {
  return {
    scope: 'bundle',
    name: 'watch',
    description: 'Update bundles whenever their files change, until Ctrl-C',
    arguments: [
      { ...bundleArgument(deps.bundles), description: 'Their ids, names, or the paths where they come from' },
    ],
    async execute(invocation) {
      const targets = argumentList(invocation, 'bundles').map((text) =>
        target(deps, text, invocation.session.cwd),
      );
      await Promise.all(targets.map((watched) => follow(deps.claims, watched, invocation)));
    },
  };
}

interface Target {
  readonly label: string;
  readonly location: string;
  readonly path: string;
}

function target(deps: Deps, text: string, cwd: string): Target {
  const bundle = byLocation(deps, text, cwd) ?? bundleOf(deps.bundles, text);
  const path = sourcePath(bundle.location, deps.home);
  const label = bundleLabel(bundle);
  if (path !== undefined) return { label, location: bundle.location, path };
  throw usage(
    `${label} comes from ${bundle.location}, which has no files to watch`,
    'install it from a folder first',
  );
}

function byLocation({ artifacts, bundles }: Deps, text: string, cwd: string): Bundle | undefined {
  try {
    const location = artifacts.resolve(text, cwd);
    return bundles.list().find((bundle) => bundle.location === location);
  } catch {
    return undefined; // an id or a name
  }
}

function sourcePath(location: string, home: Deps['home']): string | undefined {
  if (location.startsWith('file:')) return fileURLToPath(location);
  if (location.startsWith('stave:')) return join(home.installation, location.slice('stave:'.length));
  if (location.startsWith('home:')) return join(home.root, location.slice('home:'.length));
  return undefined;
}

async function follow(
  claims: Claims,
  { label, location, path }: Target,
  invocation: Invocation,
): Promise<void> {
  const { signal } = invocation;
  // Only here: the watcher is not needed for anything else that the console does.
  const { watch } = await import('chokidar');
  const watcher = watch(path, {
    ignoreInitial: true,
    ignored: (file) => PASSED_OVER.test(file.slice(path.length)),
  });
  const changes = new Changes(signal);
  try {
    watcher.on('all', () => changes.note());
    watcher.on('error', (error) => invocation.write(`${describeError(error)}\n`));
    await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
    invocation.write(`watching ${path} for ${label}\n`);
    while (await changes.settled()) {
      const text = await gesture(claims, { update: [location], cause: 'bundle:watch' }, invocation).catch(
        describeError,
      );
      if (!signal.aborted) invocation.write(`${text}\n`);
    }
  } finally {
    changes.dispose();
    await watcher.close();
  }
}

/** Waits until changes have come and are quiet. */
class Changes {
  readonly #signal: AbortSignal;
  readonly #aborted = (): void => this.#wake?.(false);
  #wake: ((changed: boolean) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#aborted, { once: true });
  }

  note(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#due = true;
      this.#wake?.(true);
    }, QUIET_MILLISECONDS);
  }

  /** False when the command is aborted. */
  async settled(): Promise<boolean> {
    const changed =
      !this.#signal.aborted &&
      (this.#due ||
        (await new Promise<boolean>((resolve) => {
          this.#wake = resolve;
        })));
    this.#wake = undefined;
    this.#due = false;
    return changed && !this.#signal.aborted;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#aborted);
  }
}

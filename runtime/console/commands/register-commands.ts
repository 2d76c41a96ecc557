import { Command, type Disposable, type Services } from '@stave/api';
import { toDisposable } from '../../base/disposable-store.js';
import { bundleDisplays } from './bundle-displays.js';
import { bundleGestures } from './bundle-gestures.js';
import { bundleWatch } from './bundle-watch.js';
import type { CommandDeps } from './command-deps.js';
import { componentCommands } from './component-commands.js';
import { configCommands } from './config-commands.js';
import { deployCommands } from './deploy-commands.js';
import { featureDisplays } from './feature-displays.js';
import { featureGestures } from './feature-gestures.js';
import { logCommands } from './log-commands.js';
import { packageCommands } from './package-commands.js';
import { repositoryCommands } from './repository-commands.js';
import { serviceCommands } from './service-commands.js';
import { shellCommands } from './shell-commands.js';
import { systemCommands } from './system-commands.js';

/** All commands of the runtime. */
export function runtimeCommands(
  services: Pick<Services, 'references'>,
  deps: CommandDeps,
): readonly Command[] {
  return [
    ...bundleDisplays(deps),
    ...bundleGestures(deps),
    bundleWatch(deps),
    ...componentCommands(deps.components),
    ...configCommands(deps),
    ...deployCommands(deps.deployments),
    ...featureDisplays(deps),
    ...featureGestures(deps),
    ...repositoryCommands(deps),
    ...logCommands(deps),
    ...packageCommands(deps.bundles),
    ...serviceCommands(services),
    ...shellCommands(deps),
    ...systemCommands(deps),
  ];
}

/** Registers them as services, as a bundle registers its own. */
export function registerCommands(
  services: Pick<Services, 'register' | 'references'>,
  deps: CommandDeps,
): Disposable {
  const registrations = runtimeCommands(services, deps).map((command) =>
    services.register(Command, command, { scope: command.scope, name: command.name }),
  );
  return toDisposable(() => {
    for (const registration of registrations) void registration.unregister();
  });
}

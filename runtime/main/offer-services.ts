import {
  Artifacts,
  Bundles,
  Claims,
  Commands,
  Components,
  ConfigurationAdmin,
  Deployments,
  type Disposable,
  Features,
  Home,
  Log,
  Plans,
  ResourceTypes,
  System,
} from '@stave/api';
import { registerCommands } from '../console/commands/register-commands.js';
import type { CommandRegistry } from '../console/language/command-registry.js';
import type { DeployFolder } from '../deploy/deploy-folder.js';
import { Catalog } from '../features/catalog.js';
import { FeatureDirectory } from '../features/feature-directory.js';
import { FeatureType } from '../features/feature-type.js';
import { RepositoryType } from '../features/repository-type.js';
import type { OwnedServices } from '../framework/services/owned-services.js';
import type { NodeParts } from './node-parts.js';

/** What the node has beside its parts. */
export interface Offered {
  readonly services: OwnedServices;
  readonly deploy: DeployFolder;
  readonly system: System;
  readonly commands: CommandRegistry;
}

/** Registers what bundles get of the runtime, and its commands. The result takes the commands back. */
export function offerServices(parts: NodeParts, { services, deploy, system, commands }: Offered): Disposable {
  const { home, log, configuration, components, framework, artifacts, types, transactor, provisioner } =
    parts;
  const catalog = new Catalog(artifacts);
  types.add(new RepositoryType(catalog, artifacts));
  types.add(new FeatureType(catalog, artifacts));
  const features = new FeatureDirectory({
    catalog,
    claims: provisioner,
    artifacts,
    observed: (type) => transactor.state.observed[type],
  });
  services.register(Home, home);
  services.register(Log, log);
  services.register(ConfigurationAdmin, configuration);
  services.register(Components, components);
  services.register(Bundles, framework);
  services.register(Artifacts, artifacts);
  services.register(ResourceTypes, types);
  services.register(Claims, provisioner);
  services.register(Plans, provisioner);
  services.register(Features, features);
  services.register(Deployments, deploy);
  services.register(System, system);
  services.register(Commands, commands);
  return registerCommands(services, {
    claims: provisioner,
    bundles: framework,
    features,
    artifacts,
    configuration,
    components,
    deployments: deploy,
    log,
    system,
    home,
    plans: provisioner,
    commands,
  });
}

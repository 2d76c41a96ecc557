import type {
  Artifacts,
  Bundles,
  Claims,
  Commands,
  Components,
  ConfigurationAdmin,
  Deployments,
  Features,
  Home,
  Log,
  Plans,
  System,
} from '@stave/api';

/** The services that the runtime's commands use. */
export interface CommandDeps {
  readonly artifacts: Artifacts;
  readonly bundles: Bundles;
  readonly claims: Claims;
  readonly commands: Commands;
  readonly components: Components;
  readonly configuration: ConfigurationAdmin;
  readonly deployments: Deployments;
  readonly features: Features;
  readonly home: Home;
  readonly log: Log;
  readonly plans: Plans;
  readonly system: System;
}

import { serviceToken } from './token.js';

/** A feature that a known repository offers. */
export interface FeatureInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly hidden: boolean;
  /** URL of the repository. */
  readonly repository: string;
  readonly state: 'uninstalled' | 'installed' | 'started' | 'set aside';
  /** Whether a claim asks for it by name. */
  readonly required: boolean;
  readonly owners: readonly string[];
  readonly problem: string | undefined;
}

export interface FeatureDetails extends FeatureInfo {
  readonly features: readonly { readonly name: string; readonly range: string }[];
  readonly bundles: readonly {
    readonly location: string;
    readonly startLevel: number | undefined;
    readonly start: boolean;
  }[];
  readonly configurations: readonly string[];
  readonly files: readonly string[];
  readonly conditionals: readonly {
    readonly condition: readonly string[];
    readonly bundles: readonly string[];
  }[];
}

export interface RepositoryInfo {
  readonly name: string;
  readonly url: string;
  readonly features: number;
  readonly owners: readonly string[];
  readonly problem: string | undefined;
}

/** What the known descriptors offer. To install a feature, see Claims. */
export interface Features {
  /** Sorted by name, then newest first. */
  list(): Promise<readonly FeatureInfo[]>;
  info(name: string, range?: string): Promise<readonly FeatureDetails[]>;
  repositories(): Promise<readonly RepositoryInfo[]>;
}
export const Features = serviceToken<Features>('stave.Features', 1);

import { vectorsOf } from './vectors.js';

/** A wish as a case writes it. */
export type FeatureWish = string | { readonly name: string; readonly version: string };

/** The key of the claim that a wish makes. */
export function keyOf(wish: FeatureWish): string {
  return typeof wish === 'string' ? wish : `${wish.name}/${wish.version}`;
}

/** What a case expects: the end, or the error and what it must name. */
export type FeatureOutcome =
  | {
      readonly features: readonly string[];
      readonly bundles: readonly string[];
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly startLevels?: Readonly<Record<string, number>>;
      readonly warnings?: readonly {
        readonly kind: string;
        readonly feature: string;
        readonly repositories: readonly string[];
      }[];
    }
  | { readonly error: { readonly kind: string } & Readonly<Record<string, string>> };

export interface FeatureCase {
  readonly id: string;
  readonly topic: string;
  readonly note?: string;
  readonly repositories: readonly { readonly name: string }[];
  readonly bundles: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly version: string;
        readonly imports?: Readonly<Record<string, string>>;
        readonly exports?: Readonly<Record<string, string>>;
      }
    >
  >;
  readonly claims: Readonly<Record<string, readonly FeatureWish[]>>;
  readonly installed: { readonly features: readonly string[]; readonly bundles: readonly string[] };
  readonly request: {
    readonly owner: string;
    readonly install?: readonly FeatureWish[];
    readonly uninstall?: readonly FeatureWish[];
    readonly upgrade?: boolean;
  };
  readonly expect: FeatureOutcome;
}

/** Decided by the expansion of claims alone. */
export const EXPANSION_TOPICS = [
  'plain',
  'newest version',
  'range',
  'exact version',
  'dependency chain',
  'cycle',
  'conditional',
  'uninstall',
  'two owners',
  'upgrade',
  'unknown feature',
  'duplicate id',
  'start level',
] as const;

/** Decided by who claims what, by what can be fetched, and by what resolves: no matter of the expansion. */
export const PROVISIONING_TOPICS = ['missing bundle', 'missing package'] as const;

/** Their means (prerequisites, the flag "dependency", requirements and capabilities of features) are not built yet. */
export const LATER_TOPICS = ['prerequisite', 'dependency flag'] as const;

/** Cases that go another way than the rest of their topic. */
const ELSEWHERE: Readonly<Record<string, 'later' | 'provisioning' | 'expansion'>> = {
  'feature-resolution-022': 'later', // a circle of prerequisites
  'feature-resolution-038': 'expansion', // the flag is false
  'feature-resolution-039': 'expansion',
  'feature-resolution-058': 'provisioning', // refused, since the owner has no such claim
};

/** The cases of one part of the house. */
export function featureCases(part: 'expansion' | 'provisioning' | 'later'): readonly FeatureCase[] {
  return vectorsOf<FeatureCase>('feature-resolution').filter(
    ({ id, topic }) => (ELSEWHERE[id] ?? partOf(topic)) === part,
  );
}

function partOf(topic: string): 'expansion' | 'provisioning' | 'later' {
  if ((EXPANSION_TOPICS as readonly string[]).includes(topic)) return 'expansion';
  if ((PROVISIONING_TOPICS as readonly string[]).includes(topic)) return 'provisioning';
  if ((LATER_TOPICS as readonly string[]).includes(topic)) return 'later';
  throw new Error(`nobody looks after the topic "${topic}"`);
}

/** Bundle locations of the cases are bare words; here they become absolute. */
export function withAbsoluteLocations(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, item: unknown) => {
    if (key === 'location') return `bundles:${String(item)}`;
    if (key === 'bundles' && Array.isArray(item)) {
      return item.map((entry: unknown) => (typeof entry === 'string' ? `bundles:${entry}` : entry));
    }
    return item;
  });
}

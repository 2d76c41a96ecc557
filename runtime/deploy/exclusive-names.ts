import { type ClaimStatus, type ConfigurationAdmin, StaveError } from '@stave/api';

/** A name that only one file may have: the bundle of single files, or a PID. */
export interface ExclusiveName {
  readonly type: 'bundle' | 'configuration';
  readonly name: string;
}

/** The name that a single source file, or a configuration, stands for. */
export function stemOf(file: string): string {
  return file.replace(/\.[^.]+$/, '');
}

/** Who has which name: the first that takes one holds it. Files are named as in deploy/. */
export class ExclusiveNames {
  readonly #holders = new Map<string, string>();
  readonly #configurations: Pick<ConfigurationAdmin, 'get'>;

  constructor(configurations: Pick<ConfigurationAdmin, 'get'>) {
    this.#configurations = configurations;
  }

  /** Takes a name for a file. Gives the reason when it belongs to another, or to a file in etc/. */
  take(wanted: ExclusiveName, file: string): StaveError | undefined {
    const holder = this.#holders.get(keyOf(wanted));
    if (holder === undefined) this.#holders.set(keyOf(wanted), file);
    const other = holder === undefined || holder === file ? undefined : `deploy/${holder}`;
    return wanted.type === 'bundle'
      ? duplicateBundle(wanted.name, file, other)
      : duplicateConfiguration(wanted.name, file, other ?? this.#fileInEtc(wanted.name, file));
  }

  /** A file that has its claims keeps its name against files that came later. */
  restore(file: string, claims: readonly ClaimStatus[]): void {
    const [claim] = claims;
    if (claim?.type === 'configuration') this.take({ type: 'configuration', name: claim.key }, file);
    if (claim?.type === 'bundle' && /\.(ts|js|mjs|cjs)$/.test(file)) {
      this.take({ type: 'bundle', name: stemOf(file) }, file);
    }
  }

  /** Gives back all names of a file, and returns them. */
  release(file: string): readonly ExclusiveName[] {
    const keys = [...this.#holders].filter(([, holder]) => holder === file).map(([key]) => key);
    for (const key of keys) this.#holders.delete(key);
    return keys.map((key) => JSON.parse(key) as ExclusiveName);
  }

  #fileInEtc(pid: string, file: string): string | undefined {
    const configuration = this.#configurations.get(pid);
    return configuration?.author === `deploy:${file}` ? undefined : configuration?.file;
  }
}

function keyOf({ type, name }: ExclusiveName): string {
  return JSON.stringify({ type, name });
}

function duplicateBundle(name: string, file: string, other: string | undefined): StaveError | undefined {
  if (other === undefined) return undefined;
  return new StaveError('STAVE_BUNDLE_DUPLICATE', `deploy/${file} and ${other} are both the bundle ${name}`);
}

function duplicateConfiguration(
  pid: string,
  file: string,
  other: string | undefined,
): StaveError | undefined {
  if (other === undefined) return undefined;
  return new StaveError('STAVE_CONFIG_DUPLICATE', `deploy/${file} and ${other} both hold the PID ${pid}`);
}

import { readdir } from 'node:fs/promises';
import {
  type Bundles,
  type ClaimChange,
  type ClaimStatus,
  type Claims,
  type ConfigurationAdmin,
  type Deployment,
  type Deployments,
  type Disposable,
  describeError,
  type Logger,
  type Owner,
  toStaveError,
} from '@stave/api';
import { DisposableStore } from '../base/disposable-store.js';
import { isIgnoredName } from './classify.js';
import { DeployedFile, type Look } from './deployed-file.js';
import { deploymentOf } from './deployment.js';
import { type ExclusiveName, ExclusiveNames } from './exclusive-names.js';
import type { TextReaders } from './file-claims.js';
import { FileFinder, releaseOf, shownKind } from './file-finder.js';
import { FolderWatch } from './folder-watch.js';
import { fileOf, ownerOf } from './ledger.js';

export interface DeployFolderParts {
  /** Absolute path of deploy/. */
  readonly folder: string;
  readonly claims: Pick<Claims, 'change' | 'list' | 'onDidCommit'>;
  readonly bundles: Pick<Bundles, 'list'>;
  readonly configurations: Pick<ConfigurationAdmin, 'get' | 'onDidChange'>;
  readonly readers: TextReaders;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Keeps the claims of each file in deploy/ equal to what the file is. At boot `scan` gives what differs from the state; from
 * `watch` on, each change of a file is a gesture of its owner.
 */
export class DeployFolder implements Deployments, Disposable {
  readonly #parts: DeployFolderParts;
  readonly #files = new Map<string, DeployedFile>();
  readonly #names: ExclusiveNames;
  readonly #finder: FileFinder;
  readonly #watcher: FolderWatch;
  readonly #store = new DisposableStore();
  readonly #stopped = new AbortController();
  /** `held`: touched names wait for `watch`. */
  #phase: { readonly held: Set<string> } | 'idle' | 'watching' = 'idle';

  constructor(parts: DeployFolderParts) {
    this.#parts = parts;
    this.#names = new ExclusiveNames(parts.configurations);
    this.#watcher = this.#store.add(
      new FolderWatch(parts.folder, {
        touched: (name) => this.#touch(name),
        lost: () => void this.#touchAll(),
        failed: (error) => parts.log.warn(`deploy/ cannot be watched: ${describeError(error)}`, error),
      }),
    );
    this.#finder = new FileFinder({
      folder: parts.folder,
      names: this.#names,
      readers: parts.readers,
      follow: (name) => this.#watcher.follow(name),
      freed: (name) => this.#wake(name),
    });
  }

  /**
   * Compares the folder with the claims in force, by names, sizes and times. Gives what differs, for the plan of the boot;
   * what happens from then on is held until `watch`.
   */
  async scan(known: readonly ClaimStatus[]): Promise<ClaimChange[]> {
    const held = new Set<string>();
    this.#phase = { held };
    this.#watcher.start();
    const claimed = claimsByFile(known);
    const present = await this.#present();
    const sights = await Promise.all(present.map((name) => this.#finder.see(name)));
    for (const name of present) this.#names.restore(name, claimed.get(name) ?? []);
    const gone = [...claimed.keys()].filter((name) => !present.includes(name));
    const changes = gone.map(releaseOf);
    // One after the other: where two new files stand for one name, the first by name has it.
    for (const sight of sights) {
      const finding = await this.#finder.find(sight, claimed.get(sight.name) ?? []);
      if ('change' in finding) {
        changes.push(finding.change);
        // Looked at again later, in case the boot cannot commit it.
        held.add(sight.name);
      }
      const look: Look = 'look' in finding ? finding.look : { kind: 'claimed', unmet: false };
      if (look.kind !== 'gone') this.#files.set(sight.name, this.#makeFile(sight.name, look));
    }
    for (const name of gone) held.add(name);
    return changes;
  }

  /** Follows the folder from now on, until it is disposed. Without a scan before, everything is looked at. */
  watch(): void {
    const { claims, configurations } = this.#parts;
    const scanned = typeof this.#phase === 'object' ? this.#phase.held : undefined;
    this.#phase = 'watching';
    this.#store.add(claims.onDidCommit(({ owner }) => this.#retry(owner)));
    this.#store.add(
      configurations.onDidChange(({ type, pid }) => {
        if (type === 'deleted') this.#wake({ type: 'configuration', name: pid });
      }),
    );
    if (scanned) {
      for (const name of scanned) this.#touch(name);
      return;
    }
    for (const [name, list] of claimsByFile(claims.list())) this.#names.restore(name, list);
    this.#watcher.start();
  }

  list(): readonly Deployment[] {
    const claimed = claimsByFile(this.#parts.claims.list());
    const bundles = this.#parts.bundles.list();
    return [...this.#files.values()]
      .map(({ name, result }) => deploymentOf(name, result, claimed.get(name) ?? [], bundles))
      .sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  dispose(): void {
    this.#stopped.abort();
    this.#store.dispose();
    for (const file of this.#files.values()) file.dispose();
  }

  async #present(): Promise<readonly string[]> {
    const names = await readdir(this.#parts.folder).catch(() => []);
    return names.filter((name) => !isIgnoredName(name)).sort();
  }

  #touch(name: string): void {
    if (isIgnoredName(name) || this.#phase === 'idle' || this.#stopped.signal.aborted) return;
    if (this.#phase !== 'watching') {
      this.#phase.held.add(name);
      return;
    }
    const file = this.#files.get(name) ?? this.#makeFile(name);
    this.#files.set(name, file);
    file.touch();
  }

  async #touchAll(): Promise<void> {
    if (this.#phase !== 'watching') return;
    const claimed = claimsByFile(this.#parts.claims.list());
    const names = new Set([...(await this.#present()), ...this.#files.keys(), ...claimed.keys()]);
    for (const name of names) this.#touch(name);
  }

  #makeFile(name: string, result?: Look): DeployedFile {
    return new DeployedFile(
      name,
      { look: () => this.#look(name), settled: (look) => this.#settled(name, look) },
      result,
    );
  }

  async #look(name: string): Promise<Look> {
    const sight = await this.#finder.see(name);
    try {
      const finding = await this.#finder.find(sight, this.#claimsOf(name));
      if ('look' in finding) return finding.look;
      const { change } = finding;
      const { unmet } = await this.#parts.claims.change(change, { signal: this.#stopped.signal }).outcome;
      return change.set?.length === 0 ? { kind: 'gone' } : { kind: 'claimed', unmet: unmet.length > 0 };
    } catch (cause) {
      const error = toStaveError(cause, 'STAVE_TX_FAILED', `deploy/${name}`);
      return { kind: 'failed', error, taken: shownKind(sight.kind), waitsFor: 'commit' };
    }
  }

  #claimsOf(name: string): readonly ClaimStatus[] {
    const owner = ownerOf(name);
    return this.#parts.claims.list().filter((claim) => claim.owner === owner);
  }

  #settled(name: string, look: Look): void {
    if (look.kind === 'gone') {
      this.#files.get(name)?.dispose();
      this.#files.delete(name);
      this.#parts.log.info(`deploy/${name} is gone`);
      return;
    }
    const { state, result } = deploymentOf(name, look, this.#claimsOf(name), this.#parts.bundles.list());
    if (state === 'failed') this.#parts.log.warn(`deploy/${name}: ${result}`);
    else this.#parts.log.info(`deploy/${name}: ${result}`);
  }

  /** Looks again at the files that wait for a name. */
  #wake({ type, name }: ExclusiveName): void {
    for (const { name: file, result } of [...this.#files.values()]) {
      if (result?.kind !== 'failed' || typeof result.waitsFor !== 'object') continue;
      if (result.waitsFor.type === type && result.waitsFor.name === name) this.#touch(file);
    }
  }

  /** A commit of somebody else may have brought what a refused change lacked. */
  #retry(owner: Owner): void {
    for (const { name, result } of [...this.#files.values()]) {
      if (result?.kind === 'failed' && result.waitsFor === 'commit' && owner !== ownerOf(name))
        this.#touch(name);
    }
  }
}

function claimsByFile(claims: readonly ClaimStatus[]): Map<string, ClaimStatus[]> {
  const files = new Map<string, ClaimStatus[]>();
  for (const claim of claims) {
    const name = fileOf(claim.owner);
    if (name === undefined) continue;
    const list = files.get(name) ?? [];
    list.push(claim);
    files.set(name, list);
  }
  return files;
}

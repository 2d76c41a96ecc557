import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AbortOptions } from '@stave/api';
import { sha256 } from 'stave/base/digest.js';
import type { ConfigurationEdit, ConfigurationState, FileWrite } from 'stave/config/configuration-edit.js';
import { ConfigurationStore, type ConfigurationStoreOptions } from 'stave/config/configuration-store.js';
import { scanEtc } from 'stave/config/etc-folder.js';

/** A node that has configurations and nothing else: a serial queue, a state in memory, an outbox that is written at once. */
export class NodeStub {
  readonly store: ConfigurationStore;
  readonly etc: string;
  /** What failed. */
  readonly reports: string[] = [];
  /** Edits that were refused, as a person is told of them. */
  readonly refusals: string[] = [];
  /** All edits that were submitted. */
  readonly submitted: ConfigurationEdit[] = [];
  /** Called between commit and flush. */
  beforeFlush: () => void = () => undefined;
  state: ConfigurationState = { revision: 0, records: [] };
  readonly #home: string;
  #last: Promise<void> = Promise.resolve();

  constructor(home: string, options: Partial<ConfigurationStoreOptions> = {}) {
    this.#home = home;
    this.etc = join(home, 'etc');
    mkdirSync(this.etc, { recursive: true });
    this.store = new ConfigurationStore({
      etc: this.etc,
      queue: this,
      variables: { env: {}, system: {} },
      report: (message, error) => {
        if (error === undefined) this.refusals.push(message);
        else this.reports.push(`${message}: ${String(error)}`);
      },
      ...options,
    });
  }

  submit(edits: readonly ConfigurationEdit[], options: AbortOptions): Promise<void> {
    this.submitted.push(...edits);
    const run = async (): Promise<void> => {
      const planned = this.store.plan(edits);
      await planned.apply(options);
      this.state = JSON.parse(JSON.stringify(this.store.snapshot())) as ConfigurationState;
      this.store.commit(planned);
      this.beforeFlush();
      for (const write of planned.writes) this.#flush(write);
    };
    const done = this.#last.then(run);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Starts another node on the same home, with the state of this one. */
  async restart(options: Partial<ConfigurationStoreOptions> = {}): Promise<NodeStub> {
    const next = new NodeStub(this.#home, options);
    next.state = this.state;
    await next.boot();
    return next;
  }

  async boot(): Promise<void> {
    this.store.restore(this.state);
    await this.store.loadAll(scanEtc(this.etc));
    this.state = JSON.parse(JSON.stringify(this.store.snapshot())) as ConfigurationState;
  }

  /** As an edit of this file is submitted by the watcher. */
  edit(name: string, text: string | null): Promise<void> {
    this.write(name, text);
    const format = name.endsWith('.json') ? 'json' : 'cfg';
    const pid = name.replace(/\.cfg(\.json)?$/, '');
    return this.submit([{ kind: 'file', author: 'file', pid, format, text }], {});
  }

  write(name: string, text: string | null): void {
    const path = join(this.etc, name);
    if (text === null) rmSync(path, { force: true });
    else {
      writeFileSync(`${path}.tmp`, text);
      renameSync(`${path}.tmp`, path);
    }
  }

  read(name: string): string | undefined {
    const path = join(this.etc, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  #flush({ path, before, content }: FileWrite): void {
    const name = path.replace(/^etc\//, '');
    const present = this.read(name);
    if ((present === undefined ? null : sha256(present)) === before) this.write(name, content);
  }
}

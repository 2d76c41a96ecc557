import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AbortOptions, Bundle, ChangeOutcome, ClaimChange } from '@stave/api';
import { openHome } from 'stave/main/home-folder.js';
import type { NodeParts } from 'stave/main/node-parts.js';
import { StaveNode } from 'stave/main/stave-node.js';
import type { NodeState } from 'stave/provisioning/state.js';
import { withTemporaryFolder } from './temporary.js';

const INSTALLATION = fileURLToPath(new URL('../../..', import.meta.url));

/** A whole node inside the process of the test, on a home of its own, without socket clients and without a lock. */
export class TestNode {
  readonly home: string;
  /** Told each step of a transaction; one that throws is a disk that fails there. */
  onStep: (step: string) => void = () => undefined;
  #node: StaveNode | undefined;

  constructor(home: string) {
    this.home = home;
  }

  get parts(): NodeParts {
    if (!this.#node) throw new Error('the node does not run');
    return this.#node.parts;
  }

  get state(): NodeState {
    return this.parts.transactor.state;
  }

  path(...names: readonly string[]): string {
    return join(this.home, ...names);
  }

  location(path: string): string {
    return pathToFileURL(this.path(path)).href;
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), content);
  }

  async start(options: AbortOptions = {}): Promise<void> {
    const home = openHome({ folder: this.home, installation: INSTALLATION });
    const onStep = (step: string): void => this.onStep(step);
    this.#node = await StaveNode.start(home, { echo: undefined, onStep, ...options });
  }

  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    node?.system.shutdown();
    await node?.closed;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  change(change: Partial<ClaimChange>): Promise<ChangeOutcome> {
    return this.parts.provisioner.change({ owner: 'console', ...change }).outcome;
  }

  /** Claims bundles by their paths below the home. */
  install(paths: readonly string[], change: Partial<ClaimChange> = {}): Promise<ChangeOutcome> {
    const set = paths.map((path) => ({ type: 'bundle', key: this.location(path), value: {} }));
    return this.change({ set, ...change });
  }

  uninstall(paths: readonly string[], change: Partial<ClaimChange> = {}): Promise<ChangeOutcome> {
    const release = paths.map((path) => ({ type: 'bundle', key: this.location(path) }));
    return this.change({ release, ...change });
  }

  bundle(name: string): Bundle | undefined {
    return this.parts.framework.get(name);
  }

  /** Name and state of all bundles but the system bundle, by id. */
  get bundles(): readonly string[] {
    return this.parts.framework
      .list()
      .filter(({ id }) => id !== 0)
      .map(({ name, state }) => `${name} ${state}`);
  }

  /** Messages of the log that hold a text. */
  logged(text: string): readonly string[] {
    return this.parts.log
      .recent()
      .map(({ message }) => message)
      .filter((message) => message.includes(text));
  }
}

/** Runs the body with a node that has these files in its home, and stops it whatever happens. */
export async function withTestNode(
  files: Readonly<Record<string, string>>,
  body: (node: TestNode) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const node = new TestNode(folder);
    for (const [path, content] of Object.entries(files)) await node.write(path, content);
    try {
      await node.start();
      await body(node);
    } finally {
      await node.stop();
    }
  });
}

/** An activator in a single file: the bodies of `start` and `stop`. `notes` is shared with the test by `notesOf`. */
export function activator(start = '', stop = ''): string {
  return `const notes = (globalThis.staveTestNotes ??= []);
export default {
  async start(context) { ${start} },
  async stop() { ${stop} },
};
`;
}

/** What activators of the test have noted since the last call. */
export function takeNotes(): readonly string[] {
  const shared = globalThis as { staveTestNotes?: string[] };
  return shared.staveTestNotes?.splice(0) ?? [];
}

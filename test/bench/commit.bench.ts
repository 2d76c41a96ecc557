import { join } from 'node:path';
import { sha256 } from 'stave/base/digest.js';
import { Committer } from 'stave/provisioning/committer.js';
import { RevisionIndex } from 'stave/provisioning/revision-index.js';
import { EMPTY_STATE, type NodeState } from 'stave/provisioning/state.js';
import { StateFile } from 'stave/provisioning/state-file.js';
import type { Bench } from './bench.js';
import { median, quantile } from './statistics.js';

const BUNDLES = 1000;

/** A state as `restart` has it: a feature that brings many bundles. */
function stateOf(count: number): NodeState {
  const bundles = Array.from({ length: count }, (_, at) => {
    const id = at + 1;
    const location = `file:/srv/acme/bundles/bundle-${at}`;
    const wires = [0, Math.floor(id / 4), Math.floor(id / 2), Math.floor((id * 3) / 4)].map((provider) => ({
      package: provider === 0 ? '@stave/api' : `@bench/bundle-${provider}`,
      version: '1.0.0',
      provider,
      digest: sha256(`bundle ${provider}`),
    }));
    return {
      id,
      location,
      name: `@bench/bundle-${at}`,
      version: '1.0.0',
      digest: sha256(`bundle ${id}`),
      startLevel: 80,
      start: true,
      wires,
      waits: undefined,
      resolved: true,
    };
  });
  return {
    ...EMPTY_STATE,
    nextBundleId: count + 1,
    bundles,
    artifacts: Object.fromEntries(
      bundles.map(({ location, digest }) => [location, { digest, fingerprint: `${digest}.1732.0` }]),
    ),
  };
}

/** What each change of a big node waits for at least. */
export const commit: Bench = {
  name: 'commit',
  title: 'commit of a state with 1,000 bundles, flushed to disk',
  async measure({ quick, folder }) {
    const runs = quick ? 50 : 200;
    const state = stateOf(BUNDLES);
    const silent = (): void => undefined;
    const log = { name: 'bench', error: console.error, warn: console.error, info: silent, debug: silent };
    const committer = new Committer(
      {
        home: folder,
        stateFile: new StateFile(join(folder, 'state.json')),
        revisions: new RevisionIndex(join(folder, 'revisions.json'), 'bench'),
        log: { ...log, trace: silent },
      },
      state,
    );
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const began = performance.now();
      await committer.commit({ ...state, nextBundleId: BUNDLES + run });
      times.push(performance.now() - began);
    }
    const of = `${runs} commits`;
    return [
      { what: 'p50', value: median(times), unit: 'ms', of, goal: { below: 5 } },
      { what: 'p99', value: quantile(times, 0.99), unit: 'ms', of },
    ];
  },
};

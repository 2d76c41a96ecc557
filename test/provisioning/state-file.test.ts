import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { nodeFileSystem, removeLeftovers } from 'stave/base/atomic-file.js';
import type { BundleSpec } from 'stave/framework/bundle-entry.js';
import { EMPTY_STATE } from 'stave/provisioning/state.js';
import { parseState, StateFile } from 'stave/provisioning/state-file.js';
import { withTemporaryFolder } from '../support/temporary.js';

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StaveError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('provisioning/StateFile', () => {
  it('gives an empty state in a new home', () =>
    withTemporaryFolder(async (folder) => {
      expect(await new StateFile(join(folder, 'state.json')).load()).to.deep.equal(EMPTY_STATE);
    }));

  it('reads back what it wrote', () =>
    withTemporaryFolder(async (folder) => {
      const file = new StateFile(join(folder, 'state.json'));
      const state = { ...EMPTY_STATE, revision: 7, pins: { 'feature:greeter': '1.0.0' } };
      await file.save(state);
      expect(await file.load()).to.deep.equal(state);
    }));

  it('reads back bundles, those that stayed and those that changed', () =>
    withTemporaryFolder(async (folder) => {
      const file = new StateFile(join(folder, 'state.json'));
      const spec = (id: number, version: string): BundleSpec => ({
        id,
        location: `file:/srv/ä${id}`,
        name: `bundle-${id}`,
        version,
        digest: `${id} ${version}`,
        startLevel: 80,
        start: true,
        wires: [],
        waits: 'something',
        resolved: true,
      });
      const bundles = [spec(1, '1.0.0'), spec(2, '1.0.0'), spec(3, '1.0.0')];
      for (const next of [bundles, [bundles[0]!, spec(2, '2.0.0'), bundles[2]!], bundles.slice(1), []]) {
        await file.save({ ...EMPTY_STATE, bundles: next });
        expect((await file.load()).bundles).to.deep.equal(next);
      }
    }));

  it('refuses the state of a newer version, and says what to do', () => {
    const text = JSON.stringify({ ...EMPTY_STATE, format: 99 });
    expect(() => parseState(text, 'state.json'))
      .to.throw('newer version')
      .with.property('code', 'STAVE_STATE_NEWER');
  });

  for (const [what, text] of [
    ['no JSON', '{ "format": 1, '],
    ['another value', '[]'],
    ['a missing field', JSON.stringify({ ...EMPTY_STATE, claims: undefined })],
    ['a field of another form', JSON.stringify({ ...EMPTY_STATE, bundles: {} })],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => parseState(text, 'state.json'))
        .to.throw()
        .with.property('code', 'STAVE_STATE_INVALID');
    });
  }

  for (const operation of ['open', 'rename'] as const) {
    it(`keeps the state before when ${operation} fails, and leaves nothing beside it`, () =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, 'state.json');
        await new StateFile(path).save({ ...EMPTY_STATE, revision: 1 });
        const full = (): Promise<never> =>
          Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        const failing = new StateFile(path, { ...nodeFileSystem, [operation]: full });
        expect(await codeOf(failing.save({ ...EMPTY_STATE, revision: 2 }))).to.equal('STAVE_STORAGE');
        expect(JSON.parse(readFileSync(path, 'utf8')).revision).to.equal(1);
        expect(readdirSync(folder)).to.deep.equal(['state.json']);
      }));
  }

  it('removes what a write that was cut off by a crash has left, and nothing else', () =>
    withTemporaryFolder(async (folder) => {
      mkdirSync(join(folder, 'etc'));
      for (const name of ['state.json.0123456789ab.tmp', 'mine.tmp', 'state.json'])
        writeFileSync(join(folder, name), '');
      await removeLeftovers([folder, join(folder, 'etc'), join(folder, 'absent')]);
      expect(readdirSync(folder).sort()).to.deep.equal(['etc', 'mine.tmp', 'state.json']);
    }));
});

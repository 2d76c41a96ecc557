import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@stave/api';
import { expect } from 'chai';
import { nodeFileSystem } from 'stave/base/atomic-file.js';
import { sha256 } from 'stave/base/digest.js';
import { flushOutbox } from 'stave/provisioning/outbox.js';
import type { HomeWrite } from 'stave/provisioning/state.js';
import { withTemporaryFolder } from '../support/temporary.js';

/** A logger that keeps what it is told. */
function listening(): { log: Logger; said: string[] } {
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  return { log: { name: 'test', trace: say, debug: say, info: say, warn: say, error: say }, said };
}

function write(before: string | null, after: string | null): HomeWrite {
  return {
    path: 'etc/a.cfg',
    before: before === null ? null : sha256(before),
    after: after === null ? null : sha256(after),
    content: after,
  };
}

function withHome(body: (home: string, file: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (home) => {
    mkdirSync(join(home, 'etc'));
    await body(home, join(home, 'etc', 'a.cfg'));
  });
}

describe('provisioning/flushOutbox', () => {
  it('makes, changes and removes a file, and does nothing the second time', () =>
    withHome(async (home, file) => {
      const { log, said } = listening();
      for (const [before, after] of [
        [null, 'one'],
        ['one', 'two'],
        ['two', null],
      ] as const) {
        for (const _time of [1, 2]) {
          expect(await flushOutbox(home, [write(before, after)], log)).to.deep.equal([]);
          expect(existsSync(file) ? readFileSync(file, 'utf8') : null).to.equal(after);
        }
      }
      expect(said).to.deep.equal([]);
    }));

  it('leaves a file that the user has edited meanwhile, and says so', () =>
    withHome(async (home, file) => {
      const { log, said } = listening();
      writeFileSync(file, 'mine');
      await flushOutbox(home, [write('one', 'two')], log);
      expect(readFileSync(file, 'utf8')).to.equal('mine');
      expect(said.join()).to.include('etc/a.cfg was edited meanwhile');
    }));

  it('writes bytes that are no text', () =>
    withHome(async (home, file) => {
      const bytes = Buffer.from([0, 255, 254]);
      const entry: HomeWrite = {
        path: 'etc/a.cfg',
        before: null,
        after: sha256(bytes),
        content: bytes.toString('base64'),
        encoding: 'base64',
      };
      await flushOutbox(home, [entry], listening().log);
      expect(readFileSync(file).equals(bytes)).to.equal(true);
    }));

  it('keeps what cannot be written for the next time, and goes on with the others', () =>
    withHome(async (home, file) => {
      const full = (): Promise<never> => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      const fs = { ...nodeFileSystem, rename: full };
      writeFileSync(join(home, 'etc', 'b.cfg'), 'old');
      const removal = { path: 'etc/b.cfg', before: sha256('old'), after: null, content: null };
      const failed = await flushOutbox(home, [write(null, 'one'), removal], listening().log, fs);
      expect(failed.map(({ write: { path }, error }) => [path, error.code])).to.deep.equal([
        ['etc/a.cfg', 'STAVE_STORAGE'],
      ]);
      expect(existsSync(file)).to.equal(false);
      expect(existsSync(join(home, 'etc', 'b.cfg'))).to.equal(false);
    }));
});

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { nodeStorage, type StorageFileSystem } from 'stave/artifacts/storage.js';
import { withRegistry, writeNpmrc } from './registry.js';
import { contents, greeter, leftovers, paths, refusal, withStore, write } from './support.js';

/** A disk that fails at its n-th write, and at all that follow. */
function failingDisk(errno: string, after: number): { fs: StorageFileSystem; writes: () => number } {
  let writes = 0;
  const guard =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      writes += 1;
      if (writes <= after) return write(...args);
      return Promise.reject(Object.assign(new Error(`${errno}: the disk`), { code: errno }));
    };
  const fs = {
    mkdir: guard(nodeStorage.mkdir as never),
    writeFile: guard(nodeStorage.writeFile as never),
    copyFile: guard(nodeStorage.copyFile as never),
    link: guard(nodeStorage.link as never),
    rename: guard(nodeStorage.rename as never),
    open: guard(nodeStorage.open as never),
    rm: nodeStorage.rm,
  } as unknown as StorageFileSystem;
  return { fs, writes: () => writes };
}

describe('the store', () => {
  for (const errno of ['ENOSPC', 'EROFS']) {
    it(`says STAVE_STORAGE at any write that fails with ${errno}, and keeps nothing half done`, () =>
      withStore(async ({ folder, open, data }) => {
        const source = write(join(folder, 'greeter'), greeter());
        const dry = failingDisk(errno, Number.POSITIVE_INFINITY);
        const { digest } = await open({ fs: dry.fs, data: join(folder, 'dry') }).prepare(source);
        for (let after = 0; after < dry.writes() - 1; after += 1) {
          const { fs } = failingDisk(errno, after);
          const failing = open({ fs });
          const error = await refusal('STAVE_STORAGE', failing.prepare(source));
          expect(error.message).to.contain(errno);
          expect(failing.stored(digest), `after ${after} writes`).to.equal(undefined);
          expect(leftovers(data)).to.be.empty;
        }
        expect((await open().prepare(source)).digest).to.equal(digest);
      }));
  }

  it('says STAVE_STORAGE when a descriptor cannot be kept', () =>
    withStore(async ({ folder, open }) => {
      write(folder, { 'a.json': '{}' });
      const { fs } = failingDisk('ENOSPC', 0);
      await refusal('STAVE_STORAGE', open({ fs }).read(join(folder, 'a.json')));
    }));

  const damages: [string, (folder: string) => void][] = [
    ['its marker is missing', (folder) => rmSync(join(folder, 'artifact.json'))],
    ['its marker is cut short', (folder) => writeFileSync(join(folder, 'artifact.json'), '{"format":1,"fi')],
    ['its marker is empty', (folder) => writeFileSync(join(folder, 'artifact.json'), '')],
    ['a file is missing', (folder) => rmSync(join(folder, 'files/src/activator.ts'))],
    ['a file is empty', (folder) => writeFileSync(join(folder, 'files/src/activator.ts'), '')],
    ['all its files are missing', (folder) => rmSync(join(folder, 'files'), { recursive: true })],
  ];
  for (const [what, damage] of damages) {
    it(`makes an artifact again when ${what}`, () =>
      withStore(async ({ folder, store, open, data }) => {
        const source = write(join(folder, 'greeter'), greeter());
        const { digest } = await store.prepare(source);
        damage(join(data, 'store', digest));
        const again = await open().prepare(source, { pinned: digest });
        expect(again.digest).to.equal(digest);
        expect(contents(again.root)).to.deep.equal(contents(source));
      }));
  }

  it('does not know what it does not have, nor names that are no digests', () =>
    withStore(async ({ store }) => {
      expect(store.stored('0'.repeat(64))).to.equal(undefined);
      expect(store.stored('../../etc')).to.equal(undefined);
      expect(store.stored('')).to.equal(undefined);
    }));

  it('removes what killed processes left, and nothing else', () =>
    withStore(async ({ folder, store, open, data }) => {
      const { digest } = await store.prepare(write(join(folder, 'greeter'), greeter()));
      const { digest: blob } = await store.read(join(folder, 'greeter/package.json'));
      mkdirSync(join(data, 'staging/1234-0badcafe-x/artifact'), { recursive: true });
      writeFileSync(join(data, `blobs/${blob}.123456.tmp`), 'half');
      await open().recover();
      expect(leftovers(data)).to.be.empty;
      expect(readdirSync(join(data, 'blobs')).sort()).to.deep.equal([blob, 'locations'].sort());
      expect(store.stored(digest)?.digest).to.equal(digest);
    }));

  describe('after a power cut', () => {
    /** Makes all that is in the store look as if it had been written before the machine was started. */
    const restartMachine = (data: string): void => {
      const notes = join(data, 'store/unsettled');
      for (const name of readdirSync(notes))
        renameSync(join(notes, name), join(notes, `${name.slice(0, 64)}.old`));
      const sets = join(data, 'cache/dependencies');
      for (const name of existsSync(sets) ? readdirSync(sets) : []) {
        const index = join(sets, name);
        if (!name.endsWith('.json')) continue;
        const { boot: _boot, ...rest } = JSON.parse(readFileSync(index, 'utf8')) as { boot: string };
        writeFileSync(index, JSON.stringify({ ...rest, boot: 'old' }));
      }
    };

    it('drops an artifact that has lost something, and keeps a whole one', () =>
      withStore(async ({ folder, store, open, data }) => {
        const source = write(join(folder, 'greeter'), greeter());
        const lost = await store.prepare(source);
        const whole = await store.prepare(write(source, { 'src/activator.ts': '// two' }));
        restartMachine(data);
        truncateSync(join(lost.root, 'src/activator.ts'));
        const after = open();
        await after.recover();
        expect(after.stored(lost.digest)).to.equal(undefined);
        expect(after.stored(whole.digest)?.digest).to.equal(whole.digest);
        expect(readdirSync(join(data, 'store/unsettled'))).to.be.empty;
      }));

    it('trusts one that was settled, without looking at its files', () =>
      withStore(async ({ folder, store, open, data }) => {
        const { digest } = await store.prepare(write(join(folder, 'greeter'), greeter()));
        await store.settle([digest, '0'.repeat(64)]);
        expect(readdirSync(join(data, 'store/unsettled'))).to.be.empty;
        await open().recover();
        expect(store.stored(digest)?.digest).to.equal(digest);
      }));

    it('makes a dependency set again that has lost something, and keeps a whole one', () =>
      withRegistry((registry) =>
        withStore(async ({ folder, home, store, open, data }) => {
          writeNpmrc(home, registry.url, join(folder, 'npm-cache'));
          registry.publish({ name: 'a', version: '1.0.0', files: { 'index.js': '// a' } });
          const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '*' } }));
          const { digest } = await store.prepare(source);
          const never = open({ npm: () => Promise.reject(new Error('npm must not be needed')) });
          restartMachine(data);
          expect((await never.prepare(source)).digest).to.equal(digest);
          restartMachine(data);
          const sets = join(data, 'cache/dependencies');
          const set = readdirSync(sets).find((name) => !name.endsWith('.json'))!;
          truncateSync(join(sets, set, 'node_modules/a/index.js'));
          await store.clean({ keep: new Set(), dryRun: false });
          const again = await open().prepare(source);
          expect(contents(again.root)).to.include({ 'node_modules/a/index.js': '// a' });
        }),
      ));
  });

  it('cleans away what is not to be kept, after having said what it would be', () =>
    withStore(async ({ folder, store, data }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const first = await store.prepare(source);
      const second = await store.prepare(write(source, { 'src/activator.ts': '// two' }));
      const blob = await store.read(join(source, 'package.json'));
      const keep = new Set([second.digest]);
      const told = await store.clean({ keep, dryRun: true });
      expect(told).to.deep.equal({
        removed: [first.digest, blob.digest].sort(),
        bytes: first.size + blob.content.length,
      });
      expect(store.stored(first.digest)?.digest).to.equal(first.digest);
      expect(await store.clean({ keep, dryRun: false })).to.deep.equal(told);
      expect(store.stored(first.digest)).to.equal(undefined);
      expect(readdirSync(join(data, 'store')).sort()).to.deep.equal([second.digest, 'unsettled'].sort());
      expect(readdirSync(join(data, 'store/unsettled'))).to.have.length(1);
      expect(leftovers(data)).to.be.empty;
      expect(await store.clean({ keep, dryRun: false })).to.deep.equal({ removed: [], bytes: 0 });
    }));

  it('forgets dependency sets that nobody used for a week, not younger ones', () =>
    withStore(
      async ({ folder, store, data }) => {
        const source = write(join(folder, 'greeter'), {
          ...greeter({ dependencies: { a: '*' } }),
          'node_modules/a/package.json': { name: 'a', version: '1.0.0' },
        });
        const clock = Date.now;
        Date.now = () => clock() + 3_600_000;
        const { root } = await store.prepare(source).finally(() => {
          Date.now = clock;
        });
        const sets = join(data, 'cache/dependencies');
        await store.clean({ keep: new Set(), dryRun: false });
        expect(readdirSync(sets)).to.have.length(2);
        const { digest } = await store.prepare(source);
        for (const name of readdirSync(sets)) utimesSync(join(sets, name), 1, 1);
        await store.clean({ keep: new Set([digest]), dryRun: false });
        expect(readdirSync(sets)).to.be.empty;
        expect(paths(root)).to.include('node_modules/a/package.json');
      },
      { npm: () => Promise.reject(new Error('npm must not be needed')) },
    ));

  it('lives without its cache', () =>
    withStore(async ({ folder, store, data }) => {
      const source = write(join(folder, 'greeter'), {
        ...greeter({ dependencies: { a: '*' } }),
        'node_modules/a/package.json': { name: 'a', version: '1.0.0' },
      });
      const { digest } = await store.prepare(source);
      rmSync(join(data, 'cache'), { recursive: true, force: true });
      expect((await store.prepare(source)).digest).to.equal(digest);
      expect(existsSync(join(store.stored(digest)!.root, 'node_modules/a'))).to.equal(true);
    }));

  it('keeps descriptors apart from each other and from where they came', () =>
    withStore(({ folder, store }) =>
      fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
          const file = join(folder, 'a.bin');
          writeFileSync(file, bytes);
          const { digest, content } = await store.read(file);
          rmSync(file);
          const pinned = await store.read(file, { pinned: digest });
          expect(Buffer.from(pinned.content).equals(Buffer.from(content))).to.equal(true);
          await refusal('STAVE_LOCATION_NOT_FOUND', store.read(file));
        }),
        { numRuns: 15 },
      ),
    ));
});

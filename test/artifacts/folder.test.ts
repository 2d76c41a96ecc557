import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { treeHash } from 'stave/artifacts/canonical-tar.js';
import { sortFiles, type TreeFile } from 'stave/artifacts/tree.js';
import { contents, greeter, leftovers, paths, refusal, withStore, write } from './support.js';

describe('a bundle folder as an artifact', () => {
  it('is prepared with its manifest, and found again by its digest after a restart', () =>
    withStore(async ({ folder, store, open, data }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const prepared = await store.prepare(source);
      expect(prepared.manifest.name).to.equal('@acme/greeter');
      expect(paths(prepared.root)).to.deep.equal(['package.json', 'src/activator.ts']);
      expect(prepared.size).to.equal(Object.values(contents(source)).join('').length);
      const again = open().stored(prepared.digest);
      expect(again).to.deep.equal({ ...prepared, fingerprint: undefined });
      expect(leftovers(data)).to.be.empty;
    }));

  it('has the same digest wherever and whenever it lies, and another after a change', () =>
    withStore(async ({ folder, store }) => {
      const first = await store.prepare(write(join(folder, 'a'), greeter()));
      const second = await store.prepare(write(join(folder, 'b'), greeter()));
      const third = await store.prepare(write(join(folder, 'b'), { 'src/activator.ts': '// changed' }));
      expect(second.digest).to.equal(first.digest);
      expect(third.digest).to.not.equal(first.digest);
    }));

  it('leaves out node_modules, dotfiles, packed archives and logs', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), {
        ...greeter(),
        'node_modules/left/package.json': {},
        'src/node_modules/x.js': '',
        '.git/HEAD': '',
        'src/.hidden': '',
        'old-1.0.0.tgz': '',
        'npm-debug.log': '',
      });
      const { root } = await store.prepare(source);
      expect(paths(root)).to.deep.equal(['package.json', 'src/activator.ts']);
    }));

  it('keeps which files can be executed, and no other mode', () =>
    withStore(async ({ folder, store }) => {
      const digestWith = async (mode: number): Promise<string> => {
        const source = write(join(folder, 'greeter'), { ...greeter(), 'run.sh': 'echo' });
        chmodSync(join(source, 'run.sh'), mode);
        return (await store.prepare(source)).digest;
      };
      expect(await digestWith(0o600)).to.equal(await digestWith(0o664));
      expect(await digestWith(0o700)).to.equal(await digestWith(0o755));
      expect(await digestWith(0o755)).to.not.equal(await digestWith(0o644));
    }));

  it('has the digest that other nodes computed for it since the first version', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'golden'), {
        'package.json': '{"name":"golden","version":"1.0.0","stave":{}}',
        'Über.txt': 'ü',
        [`${'deep/'.repeat(30)}${'n'.repeat(120)}.txt`]: 'a long name',
        'empty.txt': '',
        'bin/run': '#!/bin/sh\n',
      });
      chmodSync(join(source, 'bin/run'), 0o755);
      const { digest } = await store.prepare(source);
      expect(digest).to.equal('fd2d72f9c1d0ae26fdaf62cd9fdfaae6ce9c4781cbe01f60bf25bf016f082106');
    }));

  it('copies what links inside it lead to', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), { ...greeter(), 'texts/en.txt': 'hello' });
      symlinkSync('texts/en.txt', join(source, 'default.txt'));
      symlinkSync('texts', join(source, 'languages'));
      symlinkSync('nowhere', join(source, 'dangling'));
      const { root } = await store.prepare(source);
      expect(contents(root)).to.include({ 'default.txt': 'hello', 'languages/en.txt': 'hello' });
      expect(paths(root)).to.not.include('dangling');
    }));

  it('refuses a link that leads out of it, and one to a folder around it', () =>
    withStore(async ({ folder, store }) => {
      const out = write(join(folder, 'out'), greeter());
      symlinkSync('/etc/passwd', join(out, 'passwd'));
      expect((await refusal('STAVE_ARCHIVE_ESCAPE', store.prepare(out))).message).to.contain('passwd');
      const loop = write(join(folder, 'loop'), greeter());
      symlinkSync('.', join(loop, 'self'));
      expect((await refusal('STAVE_ARCHIVE_INVALID', store.prepare(loop))).message).to.contain('self');
    }));

  it('is refused, naming the path, when there is nothing', () =>
    withStore(async ({ folder, store }) => {
      const missing = join(folder, 'missing');
      expect((await refusal('STAVE_LOCATION_NOT_FOUND', store.prepare(missing))).message).to.contain(missing);
    }));

  it('is refused without a package.json, with a broken one, and with one that is no object', () =>
    withStore(async ({ folder, store, data }) => {
      const empty = write(join(folder, 'a'), { 'src/x.ts': '' });
      await refusal('STAVE_MANIFEST_MISSING', store.prepare(empty));
      const broken = write(join(folder, 'b'), { 'package.json': '{ "name": ' });
      await refusal('STAVE_MANIFEST_INVALID', store.prepare(broken));
      const list = write(join(folder, 'c'), { 'package.json': '[]' });
      await refusal('STAVE_MANIFEST_INVALID', store.prepare(list));
      expect(leftovers(data)).to.be.empty;
      expect(store.info()).to.include({ artifacts: 0 });
    }));

  it('may be larger than what is held in memory', () =>
    withStore(async ({ folder, store, data }) => {
      const source = write(join(folder, 'big'), { ...greeter(), 'big.bin': Buffer.alloc(3_000_000, 7) });
      const prepared = await store.prepare(source);
      expect(prepared.size).to.be.greaterThan(3_000_000);
      rmSync(join(data, 'store'), { recursive: true });
      expect((await store.prepare(source)).digest).to.equal(prepared.digest);
    }));

  it('is refused above the limits, naming their keys', () =>
    withStore(
      async ({ folder, store }) => {
        const many = write(join(folder, 'many'), { ...greeter(), a: '', b: '' });
        const files = await refusal('STAVE_LIMIT_EXCEEDED', store.prepare(many));
        expect(files.message).to.contain('unpacked.files').and.contain('etc/stave.limits.cfg');
        const large = write(join(folder, 'large'), { ...greeter(), a: 'x'.repeat(2000) });
        const size = await refusal('STAVE_LIMIT_EXCEEDED', store.prepare(large));
        expect(size.message).to.contain('unpacked.size');
      },
      {
        limits: () => ({
          'download.size': 1000,
          'download.timeout': 1000,
          'unpacked.size': 1000,
          'unpacked.files': 3,
          'npm.timeout': 1000,
        }),
      },
    ));

  it('gives one artifact when it is prepared many times at once', () =>
    withStore(async ({ folder, store, data }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const all = await Promise.all(Array.from({ length: 8 }, () => store.prepare(source)));
      expect(new Set(all.map(({ digest }) => digest)).size).to.equal(1);
      expect(store.info()).to.include({ artifacts: 1 });
      expect(leftovers(data)).to.be.empty;
    }));

  it('rejects with the reason of its signal', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const reason = new Error('enough');
      const error = await store
        .prepare(source, { signal: AbortSignal.abort(reason) })
        .catch((thrown: unknown) => thrown);
      expect(error).to.equal(reason);
    }));
});

describe('the canonical tar', () => {
  const file = fc.record({
    path: fc
      .array(
        fc.stringMatching(/^[\w é€😀.-]{1,40}$/u).filter((part) => !/^\.{1,2}$/.test(part)),
        {
          minLength: 1,
          maxLength: 6,
        },
      )
      .map((parts) => parts.join('/')),
    content: fc.uint8Array({ maxLength: 1500 }),
    executable: fc.boolean(),
  });
  const trees = fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 12 });
  const asTree = (files: readonly { path: string; content: Uint8Array; executable: boolean }[]): TreeFile[] =>
    files.map(({ path, content, executable }) => ({
      path,
      executable,
      size: content.length,
      source: { kind: 'content', content },
    }));

  it('does not depend on the order in which files were found', () =>
    fc.assert(
      fc.asyncProperty(trees, async (files) => {
        const forth = await treeHash({ files: sortFiles(asTree(files)), dependencies: undefined });
        const back = await treeHash({
          files: sortFiles(asTree(files.toReversed())),
          dependencies: undefined,
        });
        expect(forth).to.equal(back);
      }),
      { numRuns: 50 },
    ));
});

describe('an artifact that travels', () => {
  async function tarOf(body: (to: Writable) => Promise<void>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const to = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(chunk as Buffer);
        done();
      },
    });
    await body(to);
    return Buffer.concat(chunks);
  }

  it('arrives with the same digest, files and modes', () =>
    withStore(async ({ folder, store, open }) => {
      const source = write(join(folder, 'greeter'), { ...greeter(), 'ä/run.sh': 'echo', empty: '' });
      chmodSync(join(source, 'ä/run.sh'), 0o755);
      const sent = await store.prepare(source);
      const tar = await tarOf((to) => store.writeTar(sent.digest, to));
      const other = open({ data: join(folder, 'other') });
      const { Readable } = await import('node:stream');
      const received = await other.receiveTar(sent.digest, Readable.from([tar]));
      expect(contents(received.root)).to.deep.equal(contents(sent.root));
      expect(received.digest).to.equal(sent.digest);
      expect(other.stored(sent.digest)?.manifest.name).to.equal('@acme/greeter');
    }));

  it('is refused under a digest that is not its own', () =>
    withStore(async ({ folder, store, open }) => {
      const sent = await store.prepare(write(join(folder, 'greeter'), greeter()));
      const tar = await tarOf((to) => store.writeTar(sent.digest, to));
      const other = open({ data: join(folder, 'other') });
      const { Readable } = await import('node:stream');
      await refusal('STAVE_INTEGRITY_MISMATCH', other.receiveTar('0'.repeat(64), Readable.from([tar])));
      expect(other.info()).to.include({ artifacts: 0 });
    }));

  it('is not sent when it was changed in the store, and made again when it is needed', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const { digest, root } = await store.prepare(source);
      writeFileSync(join(root, 'src/activator.ts'), 'export default { start() {! }};');
      await refusal(
        'STAVE_STORE_CORRUPT',
        tarOf((to) => store.writeTar(digest, to)),
      );
      expect(store.stored(digest)).to.equal(undefined);
      const again = await store.prepare(source);
      expect(contents(again.root)).to.deep.equal(contents(source));
    }));
});

describe('the fingerprint of a folder', () => {
  it('tells an unchanged one by stat, and every kind of change', () =>
    withStore(async ({ folder, store }) => {
      const make = (): string => {
        const source = join(folder, 'greeter');
        rmSync(source, { recursive: true, force: true });
        return write(source, greeter());
      };
      const changes: ((source: string) => void)[] = [
        (source) => writeFileSync(join(source, 'src/activator.ts'), 'export default { start() {!} };\n'),
        (source) => writeFileSync(join(source, 'new.ts'), ''),
        (source) => rmSync(join(source, 'src'), { recursive: true }),
        (source) => utimesSync(join(source, 'package.json'), 1, 1),
        (source) => rmSync(source, { recursive: true }),
      ];
      for (const change of changes) {
        const source = make();
        const { fingerprint } = await store.prepare(source);
        const settled = aged(fingerprint!);
        expect(await store.unchanged(source, settled), 'before').to.equal(true);
        change(source);
        expect(await store.unchanged(source, settled), String(change)).to.equal(false);
      }
    }));

  it('does not look at node_modules and dotfiles', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const { fingerprint } = await store.prepare(source);
      mkdirSync(join(source, 'node_modules'));
      write(source, { 'node_modules/x.js': '', '.cache/y': '' });
      expect(await store.unchanged(source, aged(fingerprint!))).to.equal(true);
    }));

  it('proves nothing when it was taken right after a change', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), greeter());
      writeFileSync(join(source, 'src/activator.ts'), '// just saved');
      const { fingerprint } = await store.prepare(source);
      expect(await store.unchanged(source, fingerprint!)).to.equal(false);
    }));

  it('is there for single files and descriptors too', () =>
    withStore(async ({ folder, store }) => {
      const source = write(folder, { 'a.ts': '//', 'f.json': '{}' });
      const bundle = await store.prepare(join(source, 'a.ts'));
      const descriptor = await store.read(join(source, 'f.json'));
      expect(await store.unchanged(join(source, 'a.ts'), aged(bundle.fingerprint!))).to.equal(true);
      expect(await store.unchanged(join(source, 'f.json'), aged(descriptor.fingerprint!))).to.equal(true);
      expect(await store.unchanged('npm:dayjs', 'x.1.9999')).to.equal(false);
    }));
});

/** The fingerprint as if it had been taken an hour later: files made by a test are always too young. */
function aged(fingerprint: string): string {
  const [hash, newest, taken] = fingerprint.split('.');
  return `${hash}.${newest}.${Number(taken) + 3_600_000}`;
}

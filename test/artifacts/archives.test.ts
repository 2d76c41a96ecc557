import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_ARTIFACT_LIMITS } from 'stave/artifacts/limits.js';
import {
  type CraftedEntry,
  contents,
  craftTar,
  greeter,
  leftovers,
  refusal,
  withStore,
  write,
} from './support.js';

const PACKAGE: CraftedEntry = {
  path: 'package/package.json',
  content: '{"name":"@acme/greeter","version":"1.2.0","stave":{}}',
};
const SOURCE: CraftedEntry = { path: 'package/src/activator.ts', content: 'export default {};\n' };

function tgz(...entries: CraftedEntry[]): Buffer {
  return gzipSync(craftTar(entries));
}

interface ZipEntry {
  readonly path: string;
  readonly content: string;
  /** Unix mode with the type; default a plain file. */
  readonly mode?: number;
  /** Told instead of the true size. */
  readonly size?: number;
}

/** A zip by hand, since no zip tool makes evil ones. */
function craftZip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { path, content, mode = 0o100644, size = content.length } of entries) {
    const name = Buffer.from(path);
    const data = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(crc(content), 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(crc(content), 16);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    locals.push(local, name, data);
    centrals.push(central, name);
    offset += local.length + name.length + data.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** zlib has it from Node 22.2 on only. */
function crc(text: string): number {
  let value = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}

const ZIPPED: ZipEntry[] = [
  { path: 'greeter/package.json', content: PACKAGE.content! },
  { path: 'greeter/src/activator.ts', content: SOURCE.content! },
];

describe('an archive as an artifact', () => {
  const forms: [string, string, Buffer][] = [
    ['a .tgz as npm packs it', 'greeter.tgz', tgz(PACKAGE, SOURCE)],
    ['a plain .tar', 'greeter.tar', craftTar([PACKAGE, SOURCE])],
    ['a .tgz under another name', 'greeter.bin', tgz(PACKAGE, SOURCE)],
    ['a .zip with one top folder', 'greeter.zip', craftZip(ZIPPED)],
    [
      'a .zip without a top folder',
      'flat.zip',
      craftZip(ZIPPED.map((entry) => ({ ...entry, path: entry.path.slice('greeter/'.length) }))),
    ],
    [
      'a .tgz with folder entries and a leading dot',
      'dotted.tgz',
      tgz(
        { path: './', type: 'Directory' },
        { ...PACKAGE, path: './package.json' },
        { ...SOURCE, path: './src/activator.ts' },
      ),
    ],
  ];
  for (const [what, name, bytes] of forms) {
    it(`${what} gives the same artifact as the folder`, () =>
      withStore(async ({ folder, store, data }) => {
        const source = write(join(folder, 'greeter'), {
          'package.json': PACKAGE.content,
          'src/activator.ts': SOURCE.content,
        });
        writeFileSync(join(folder, name), bytes);
        const unpacked = await store.prepare(join(folder, name));
        expect(unpacked.digest).to.equal((await store.prepare(source)).digest);
        expect(contents(unpacked.root)).to.deep.equal(contents(source));
        expect(leftovers(data)).to.be.empty;
      }));
  }

  it('keeps dotfiles and executables, since somebody packed them on purpose', () =>
    withStore(async ({ folder, store }) => {
      const bytes = tgz(
        PACKAGE,
        { path: 'package/.env.example', content: 'A=1' },
        { path: 'package/run', content: '#!', mode: 0o755 },
      );
      writeFileSync(join(folder, 'a.tgz'), bytes);
      const packed = await store.prepare(join(folder, 'a.tgz'));
      expect(contents(packed.root)).to.include({ '.env.example': 'A=1' });
      const source = write(join(folder, 'a'), { 'package.json': PACKAGE.content, run: '#!' });
      chmodSync(join(source, 'run'), 0o755);
      writeFileSync(join(folder, 'b.tgz'), tgz(PACKAGE, { path: 'package/run', content: '#!', mode: 0o755 }));
      const { digest } = await store.prepare(join(folder, 'b.tgz'));
      expect(digest).to.equal((await store.prepare(source)).digest);
    }));

  it('copies what links inside it lead to', () =>
    withStore(async ({ folder, store }) => {
      const bytes = tgz(
        PACKAGE,
        { path: 'package/texts/en.txt', content: 'hello' },
        { path: 'package/a.txt', type: 'SymbolicLink', linkpath: 'texts/en.txt' },
        { path: 'package/b.txt', type: 'Link', linkpath: 'package/texts/en.txt' },
        { path: 'package/c', type: 'SymbolicLink', linkpath: './texts/../texts' },
        { path: 'package/d', type: 'SymbolicLink', linkpath: 'nowhere' },
        { path: 'package/e', type: 'SymbolicLink', linkpath: 'e' },
      );
      writeFileSync(join(folder, 'a.tgz'), bytes);
      const { root } = await store.prepare(join(folder, 'a.tgz'));
      expect(contents(root)).to.deep.equal({
        'package.json': PACKAGE.content,
        'texts/en.txt': 'hello',
        'a.txt': 'hello',
        'b.txt': 'hello',
        'c/en.txt': 'hello',
      });
    }));

  const S_IFLNK = 0o120777;
  const evil: [string, Buffer][] = [
    ['a path that goes up', tgz(PACKAGE, { path: 'package/../../evil', content: 'x' })],
    ['a path that goes up and comes back', tgz(PACKAGE, { path: 'package/../package/x', content: 'x' })],
    ['a path that goes up with backslashes', tgz(PACKAGE, { path: 'package\\..\\..\\evil', content: 'x' })],
    ['an absolute path', tgz(PACKAGE, { path: '/tmp/evil', content: 'x' })],
    ['a path with a drive', tgz(PACKAGE, { path: 'C:/evil', content: 'x' })],
    [
      'a link out',
      tgz(PACKAGE, { path: 'package/x', type: 'SymbolicLink', linkpath: '../../../etc/passwd' }),
    ],
    ['an absolute link', tgz(PACKAGE, { path: 'package/x', type: 'SymbolicLink', linkpath: '/etc/passwd' })],
    ['a hard link out', tgz(PACKAGE, { path: 'package/x', type: 'Link', linkpath: '../etc/passwd' })],
    ['an absolute hard link', tgz(PACKAGE, { path: 'package/x', type: 'Link', linkpath: '/etc/passwd' })],
    ['a device', tgz(PACKAGE, { path: 'package/null', type: 'CharacterDevice' })],
    ['a pipe', tgz(PACKAGE, { path: 'package/pipe', type: 'FIFO' })],
    ['a zip path that goes up', craftZip([...ZIPPED, { path: '../evil', content: 'x' }])],
    ['an absolute zip path', craftZip([...ZIPPED, { path: '/evil', content: 'x' }])],
    [
      'a zip path that goes up with backslashes',
      craftZip([...ZIPPED, { path: 'a\\..\\..\\evil', content: 'x' }]),
    ],
    ['a zip link out', craftZip([...ZIPPED, { path: 'x', content: '../../etc/passwd', mode: S_IFLNK }])],
    ['a zip device', craftZip([...ZIPPED, { path: 'x', content: '', mode: 0o020644 }])],
  ];
  for (const [what, bytes] of evil) {
    it(`with ${what} is refused, and nothing is written`, () =>
      withStore(async ({ folder, store, data }) => {
        writeFileSync(join(folder, 'evil'), bytes);
        await refusal('STAVE_ARCHIVE_ESCAPE', store.prepare(join(folder, 'evil')));
        expect(leftovers(data)).to.be.empty;
        expect(store.info()).to.include({ artifacts: 0 });
      }));
  }

  it('never writes through a link that it has brought itself', () =>
    withStore(async ({ folder, store }) => {
      const bytes = tgz(PACKAGE, { path: 'package/inner', type: 'SymbolicLink', linkpath: 'src' }, SOURCE, {
        path: 'package/inner/activator.ts',
        content: 'evil',
      });
      writeFileSync(join(folder, 'evil.tgz'), bytes);
      await refusal('STAVE_ARCHIVE_INVALID', store.prepare(join(folder, 'evil.tgz')));
    }));

  const whole = tgz(PACKAGE, SOURCE);
  const plain = craftTar([PACKAGE, SOURCE]);
  const broken: [string, Buffer][] = [
    ['is cut short', whole.subarray(0, whole.length - 20)],
    ['is cut short to its first bytes', whole.subarray(0, 5)],
    ['is a tar cut short inside a file', plain.subarray(0, 600)],
    ['is a tar cut short between two files', plain.subarray(0, 1024)],
    ['is a zip cut short', craftZip(ZIPPED).subarray(0, 200)],
    ['is a zip that lies about a size', craftZip([...ZIPPED, { path: 'x', content: 'abc', size: 2 }])],
    ['has a damaged byte', Buffer.from(whole.map((byte, at) => (at === 40 ? byte ^ 0xff : byte)))],
    ['is a gzip of something else', gzipSync('hello '.repeat(500))],
    ['is no archive', Buffer.from('hello')],
    ['is empty', Buffer.alloc(0)],
    ['has a file twice', tgz(PACKAGE, SOURCE, SOURCE)],
    ['has a file as a folder', tgz(PACKAGE, SOURCE, { path: `${SOURCE.path}/x`, content: '' })],
    ['has a folder as a file', tgz(PACKAGE, SOURCE, { path: 'package/src', content: '' })],
    ['has a line break in a name', tgz(PACKAGE, { path: 'package/a\nb', content: '' })],
  ];
  for (const [what, bytes] of broken) {
    it(`is refused when it ${what}`, () =>
      withStore(async ({ folder, store, data }) => {
        writeFileSync(join(folder, 'broken.tgz'), bytes);
        await refusal('STAVE_ARCHIVE_INVALID', store.prepare(join(folder, 'broken.tgz')));
        expect(leftovers(data)).to.be.empty;
      }));
  }

  it('cut short anywhere is refused with a code, never taken', () =>
    withStore(async ({ folder, store }) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: plain.length - 1025 }), async (length) => {
          const file = join(folder, 'short.tar');
          writeFileSync(file, plain.subarray(0, length));
          await refusal('STAVE_ARCHIVE_INVALID', store.prepare(file));
        }),
        { numRuns: 40 },
      );
    }));

  describe('above the limits', () => {
    const limits = (key: keyof typeof DEFAULT_ARTIFACT_LIMITS, value: number) => ({
      limits: () => ({ ...DEFAULT_ARTIFACT_LIMITS, [key]: value }),
    });
    const refusedFor = (
      key: keyof typeof DEFAULT_ARTIFACT_LIMITS,
      value: number,
      bytes: Buffer,
    ): Promise<void> =>
      withStore(
        async ({ folder, store, data }) => {
          writeFileSync(join(folder, 'large'), bytes);
          const error = await refusal('STAVE_LIMIT_EXCEEDED', store.prepare(join(folder, 'large')));
          expect(error.message).to.contain(key).and.contain('etc/stave.limits.cfg');
          expect(leftovers(data)).to.be.empty;
        },
        limits(key, value),
      );
    const bomb = 'a'.repeat(3_000_000);

    it('is refused when it unpacks to more bytes', () =>
      refusedFor('unpacked.size', 1_000_000, tgz(PACKAGE, { path: 'package/bomb', content: bomb })));
    it('is refused when its zip unpacks to more bytes', () =>
      refusedFor('unpacked.size', 1_000_000, craftZip([...ZIPPED, { path: 'bomb', content: bomb }])));
    it('is refused when it holds more files', () => refusedFor('unpacked.files', 1, tgz(PACKAGE, SOURCE)));
    it('is refused when its links make more of it', () =>
      refusedFor(
        'unpacked.files',
        5,
        tgz(
          PACKAGE,
          SOURCE,
          { path: 'package/a', type: 'SymbolicLink', linkpath: '.' },
          { path: 'package/b', type: 'SymbolicLink', linkpath: '.' },
        ),
      ));
    it('is refused when it is itself larger than a download may be', () =>
      refusedFor('download.size', 100, tgz(PACKAGE, SOURCE)));
    it('is refused when much follows its end', () =>
      refusedFor(
        'unpacked.files',
        0,
        gzipSync(Buffer.concat([craftTar([PACKAGE]), Buffer.alloc(9_000_000)])),
      ));
  });

  it('is taken when it has the integrity that is asked for, else refused', () =>
    withStore(async ({ folder, store }) => {
      const bytes = tgz(PACKAGE, SOURCE);
      const file = join(folder, 'a.tgz');
      writeFileSync(file, bytes);
      const sri = (algorithm: string): string =>
        `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;
      for (const algorithm of ['sha256', 'sha384', 'sha512']) {
        await store.prepare(file, { integrity: sri(algorithm) });
      }
      const other = `sha256-${createHash('sha256').update('other').digest('base64')}`;
      await store.prepare(file, { integrity: `${other} ${sri('sha512')}` });
      await refusal('STAVE_INTEGRITY_MISMATCH', store.prepare(file, { integrity: other }));
      await refusal('STAVE_INTEGRITY_MISMATCH', store.prepare(file, { integrity: 'md5-abc' }));
    }));

  it('of a folder has its integrity over the canonical tar', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), greeter());
      const { digest } = await store.prepare(source);
      const integrity = `sha256-${Buffer.from(digest, 'hex').toString('base64')}`;
      expect((await store.prepare(source, { integrity })).digest).to.equal(digest);
      write(source, { 'src/activator.ts': '// other' });
      await refusal('STAVE_INTEGRITY_MISMATCH', store.prepare(source, { integrity }));
    }));
});

describe('a single source file as an artifact', () => {
  for (const ending of ['ts', 'js', 'mjs', 'cjs', 'mts', 'cts']) {
    it(`may end in .${ending}; it has no package.json`, () =>
      withStore(async ({ folder, store }) => {
        write(folder, { [`hello.${ending}`]: '/* hi */\nexport default {};\n' });
        const prepared = await store.prepare(join(folder, `hello.${ending}`));
        expect(contents(prepared.root)).to.deep.equal({
          [`hello.${ending}`]: '/* hi */\nexport default {};\n',
        });
        expect(prepared.manifest).to.include({
          name: 'hello',
          version: `0.0.0-d${prepared.digest.slice(0, 8)}`,
          description: '/* hi */',
        });
      }));
  }
});

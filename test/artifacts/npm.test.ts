import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { packBundle } from 'stave/artifacts/pack.js';
import { npmEnvironment, npmFailure, runNpm } from 'stave/artifacts/run-npm.js';
import { poll } from '../support/poll.js';
import { withTemporaryFolder } from '../support/temporary.js';
import { deadUrl, type Registry, withRegistry, writeNpmrc } from './registry.js';
import { type Bench, contents, greeter, leftovers, paths, refusal, withStore, write } from './support.js';

/** Runs the body with a registry, and a store whose home turns npm to it. */
function withNpm(
  body: (bench: Bench & { registry: Registry }) => Promise<void>,
  options: Parameters<typeof withStore>[1] = {},
): Promise<void> {
  return withRegistry((registry) =>
    withStore(async (bench) => {
      writeNpmrc(bench.home, registry.url, join(bench.folder, 'npm-cache'));
      await body({ ...bench, registry });
    }, options),
  );
}

const never = (): Promise<void> => Promise.reject(new Error('npm must not be needed'));

function inModules(
  folder: string,
  name: string,
  more: object = {},
  files: Record<string, string> = {},
): void {
  const base = `node_modules/${name}`;
  write(folder, {
    [`${base}/package.json`]: { name: name.split('/node_modules/').at(-1), version: '1.0.0', ...more },
    [`${base}/index.js`]: `// ${name}`,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`${base}/${path}`, text])),
  });
}

describe('dependencies that are there already', () => {
  it('are taken from the own node_modules, all and only those for production', () =>
    withStore(
      async ({ folder, store }) => {
        const source = write(
          join(folder, 'greeter'),
          greeter({ dependencies: { a: '^1.0.0' }, devDependencies: { dev: '*' } }),
        );
        inModules(
          source,
          'a',
          { dependencies: { b: '^1.0.0' } },
          { 'test/node_modules/fixture/x.js': 'kept' },
        );
        inModules(source, 'b');
        inModules(source, 'dev');
        write(source, { 'node_modules/.bin/a': '#!', 'node_modules/.package-lock.json': '{}' });
        const { root } = await store.prepare(source);
        expect(paths(root)).to.deep.equal([
          'node_modules/a/index.js',
          'node_modules/a/package.json',
          'node_modules/a/test/node_modules/fixture/x.js',
          'node_modules/b/index.js',
          'node_modules/b/package.json',
          'package.json',
          'src/activator.ts',
        ]);
      },
      { npm: never },
    ));

  it('are taken from folders above, as npm hoists them in a workspace', () =>
    withStore(
      async ({ folder, store }) => {
        inModules(folder, 'a', { dependencies: { b: '^1.0.0' } });
        inModules(folder, 'b');
        const source = write(join(folder, 'bundles/greeter'), greeter({ dependencies: { a: '^1.0.0' } }));
        const { root } = await store.prepare(source);
        expect(paths(root)).to.include.members(['node_modules/a/index.js', 'node_modules/b/index.js']);
      },
      { npm: never },
    ));

  it('keep their conflicting versions apart, whatever tool laid them out', () =>
    withStore(
      async ({ folder, store }) => {
        const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '1', b: '1', c: '1' } }));
        inModules(source, 'a', { dependencies: { c: '2' } });
        inModules(source, 'a/node_modules/c', { version: '2.0.0' });
        // As pnpm does: the real package lies elsewhere, its dependencies beside it.
        inModules(source, '.pnpm/b@1/node_modules/b', { dependencies: { c: '2' } });
        inModules(source, '.pnpm/b@1/node_modules/c', { version: '2.0.0' });
        symlinkSync('.pnpm/b@1/node_modules/b', join(source, 'node_modules/b'));
        inModules(source, 'c');
        const { root } = await store.prepare(source);
        const versionAt = (path: string): unknown =>
          (
            JSON.parse(readFileSync(join(root, 'node_modules', path, 'package.json'), 'utf8')) as {
              version: string;
            }
          ).version;
        expect(versionAt('c')).to.equal('1.0.0');
        expect(versionAt('a/node_modules/c')).to.equal('2.0.0');
        expect(versionAt('b/node_modules/c')).to.equal('2.0.0');
        expect(paths(root).filter((path) => path.includes('.pnpm'))).to.be.empty;
      },
      { npm: never },
    ));

  it('leave out bundles, the api, what is imported, and optional ones that are absent', () =>
    withStore(
      async ({ folder, store }) => {
        const source = write(
          join(folder, 'greeter'),
          greeter({
            stave: { imports: { shared: '^1' } },
            dependencies: { bundle: '^1', shared: '^1', '@stave/api': '*', lib: '^1' },
            optionalDependencies: { fast: '^1' },
          }),
        );
        inModules(source, 'bundle', { stave: {}, dependencies: { hidden: '*' } });
        inModules(source, 'hidden');
        inModules(source, 'shared');
        inModules(source, '@stave/api');
        inModules(source, 'lib', { dependencies: { bundle: '^1' } });
        const { root } = await store.prepare(source);
        expect(readdirSync(join(root, 'node_modules'))).to.deep.equal(['lib']);
      },
      { npm: never },
    ));

  it('are copied without node_modules and dotfiles when a workspace links to them', () =>
    withStore(
      async ({ folder, store }) => {
        write(join(folder, 'libs/lib'), {
          'package.json': { name: 'lib', version: '3.0.0' },
          'index.js': '',
          '.turbo/log': '',
        });
        mkdirSync(join(folder, 'node_modules'));
        symlinkSync('../libs/lib', join(folder, 'node_modules/lib'));
        const source = write(
          join(folder, 'bundles/greeter'),
          greeter({ dependencies: { lib: 'workspace:*' } }),
        );
        const { root } = await store.prepare(source);
        expect(paths(join(root, 'node_modules'))).to.deep.equal(['lib/index.js', 'lib/package.json']);
      },
      { npm: never },
    ));

  it('give the manifest the versions of what it exports again', () =>
    withStore(
      async ({ folder, store }) => {
        const source = write(
          join(folder, 'greeter'),
          greeter({ stave: { exports: ['a'] }, dependencies: { a: '*' } }),
        );
        inModules(source, 'a', { version: '4.5.6' });
        const { manifest } = await store.prepare(source);
        expect(manifest.exports).to.deep.equal([{ name: 'a', version: '4.5.6', uses: [] }]);
      },
      { npm: never },
    ));

  it('have the same digest from the cache as before, and show a change inside them', () =>
    withStore(
      async ({ folder, store, open, data }) => {
        const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '*' } }));
        inModules(source, 'a', {}, { 'a-b.js': '', 'big.bin': 'x'.repeat(2_000_000) });
        write(source, { 'node_modules.txt': 'sorts before', zebra: 'sorts after' });
        // Long ago also for the inode's own time, which no test can set back.
        const clock = Date.now;
        Date.now = () => clock() + 3_600_000;
        try {
          const first = await store.prepare(source);
          expect(existsSync(join(data, 'cache/dependencies'))).to.equal(true);
          write(source, { 'src/activator.ts': '// another' });
          const second = await store.prepare(source);
          const uncached = open({ data: join(folder, 'other') });
          Date.now = clock;
          expect((await uncached.prepare(source)).digest).to.equal(second.digest);
          Date.now = () => clock() + 3_600_000;
          expect(second.digest).to.not.equal(first.digest);
          write(source, { 'node_modules/a/index.js': '// patched' });
          const third = await store.prepare(source);
          expect(contents(third.root)['node_modules/a/index.js']).to.equal('// patched');
          expect(contents(second.root)['node_modules/a/index.js']).to.equal('// a');
        } finally {
          Date.now = clock;
        }
      },
      { npm: never },
    ));
});

describe('dependencies that npm brings', () => {
  it('are installed as package.json asks, once for all bundles that ask for the same', () =>
    withNpm(async ({ folder, store, open, registry, data }) => {
      registry.publish(
        { name: 'a', version: '1.0.0', dependencies: { b: '^1.0.0' } },
        { name: 'b', version: '1.3.0', files: { 'index.js': '// b' } },
      );
      const more = { dependencies: { a: '^1.0.0' }, devDependencies: { 'not-there': '*' } };
      const source = write(join(folder, 'greeter'), greeter(more));
      const prepared = await store.prepare(source);
      expect(contents(prepared.root)).to.include({ 'node_modules/b/index.js': '// b' });
      expect(existsSync(join(source, 'node_modules')), 'the source is left alone').to.equal(false);
      const other = write(join(folder, 'other'), greeter({ ...more, version: '1.2.1' }));
      const again = await open({ npm: never }).prepare(other);
      expect(paths(again.root)).to.deep.equal(paths(prepared.root));
      expect(leftovers(data)).to.be.empty;
    }));

  it('are those of the lockfile, where there is one', () =>
    withNpm(async ({ folder, store, registry }) => {
      registry.publish({ name: 'a', version: '1.0.0' }, { name: 'a', version: '1.1.0' });
      const source = write(join(folder, 'greeter'), {
        ...greeter({
          dependencies: { a: '^1.0.0' },
          devDependencies: { '@stave/api': 'file:types/stave-api.tgz' },
        }),
        'package-lock.json': {
          name: '@acme/greeter',
          version: '1.2.0',
          lockfileVersion: 3,
          requires: true,
          packages: {
            '': {
              name: '@acme/greeter',
              version: '1.2.0',
              dependencies: { a: '^1.0.0' },
              devDependencies: { '@stave/api': 'file:types/stave-api.tgz' },
            },
            'node_modules/@stave/api': {
              version: '0.1.0',
              resolved: 'file:types/stave-api.tgz',
              dev: true,
            },
            'node_modules/a': {
              version: '1.0.0',
              resolved: `${registry.url}/a/-/1.0.0.tgz`,
              integrity: registry.integrity('a', '1.0.0'),
            },
          },
        },
        'types/stave-api.tgz': '',
      });
      const { root } = await store.prepare(source);
      expect(contents(root)['node_modules/a/package.json']).to.contain('"1.0.0"');
    }));

  it('are looked for again on update', () =>
    withNpm(async ({ folder, store, registry }) => {
      registry.publish({ name: 'a', version: '1.0.0' });
      const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '^1.0.0' } }));
      const before = await store.prepare(source);
      registry.publish({ name: 'a', version: '1.1.0' });
      expect((await store.prepare(source)).digest).to.equal(before.digest);
      const after = await store.prepare(source, { update: true });
      expect(contents(after.root)['node_modules/a/package.json']).to.contain('"1.1.0"');
    }));

  it('may be a folder beside the bundle', () =>
    withNpm(async ({ folder, store }) => {
      write(join(folder, 'lib'), { 'package.json': { name: 'lib', version: '1.0.0' }, 'index.js': '// lib' });
      const source = write(join(folder, 'greeter'), greeter({ dependencies: { lib: 'file:../lib' } }));
      expect(contents((await store.prepare(source)).root)).to.include({
        'node_modules/lib/index.js': '// lib',
      });
      write(join(folder, 'lib'), { 'index.js': '// edited' });
      expect(contents((await store.prepare(source)).root)).to.include({
        'node_modules/lib/index.js': '// edited',
      });
    }));

  it('run their install scripts only when they are allowed to', () =>
    withNpm(async ({ folder, store, open, registry }) => {
      const script = { install: "node -e \"require('fs').writeFileSync('built.txt', 'yes')\"" };
      registry.publish(
        { name: 'native', version: '1.0.0', scripts: script },
        { name: 'other', version: '1.0.0', scripts: script },
      );
      const source = write(join(folder, 'greeter'), greeter({ dependencies: { native: '*', other: '*' } }));
      const without = paths((await store.prepare(source)).root);
      expect(without.filter((path) => path.endsWith('built.txt'))).to.be.empty;
      const allowing = open({ allowScripts: () => ['native'] });
      const allowed = paths((await allowing.prepare(source)).root);
      expect(allowed.filter((path) => path.endsWith('built.txt'))).to.deep.equal([
        'node_modules/native/built.txt',
      ]);
    }));

  it('that no registry has are named', () =>
    withNpm(async ({ folder, store, registry, data }) => {
      const absent = write(join(folder, 'x'), greeter({ dependencies: { '@acme/absent': '^1' } }));
      const error = await refusal('STAVE_NPM_NOT_FOUND', store.prepare(absent));
      expect(error.message).to.contain('@acme/absent');
      registry.publish({ name: 'a', version: '1.0.0' });
      const range = write(join(folder, 'y'), greeter({ dependencies: { a: '^9.0.0' } }));
      expect((await refusal('STAVE_NPM_NOT_FOUND', store.prepare(range))).message).to.contain('a@^9.0.0');
      expect(leftovers(data)).to.be.empty;
    }));

  it('that are neither cached nor reachable are refused, pointing to stave pack', () =>
    withStore(async ({ folder, home, store, data }) => {
      writeNpmrc(home, await deadUrl(), join(folder, 'npm-cache'));
      const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '^1' } }));
      const error = await refusal('STAVE_NPM_OFFLINE', store.prepare(source));
      expect(error.message).to.contain('stave pack');
      expect(leftovers(data)).to.be.empty;
    }));

  it('come out of npm’s own cache without a network', () =>
    withNpm(async ({ folder, home, store, open, registry }) => {
      registry.publish({ name: 'a', version: '1.0.0' });
      const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '^1' } }));
      const { digest } = await store.prepare(source);
      const asked = registry.requests.length;
      rmSync(join(home, 'data'), { recursive: true });
      expect((await open().prepare(source)).digest).to.equal(digest);
      expect(registry.requests.length).to.equal(asked);
    }));
});

describe('a package of the registry as an artifact', () => {
  it('is a library with its dependencies inside', () =>
    withNpm(async ({ store, registry }) => {
      registry.publish(
        { name: '@acme/log', version: '1.0.0', dependencies: { b: '^1.0.0' } },
        { name: '@acme/log', version: '2.0.0', dependencies: { b: '^1.0.0' }, files: { 'log.js': '// 2' } },
        { name: 'b', version: '1.0.0', files: { 'index.js': '// b' } },
      );
      const newest = await store.prepare('npm:@acme/log');
      expect(newest.manifest).to.include({ name: '@acme/log', version: '2.0.0', isBundle: false });
      expect(paths(newest.root)).to.deep.equal([
        'log.js',
        'node_modules/b/index.js',
        'node_modules/b/package.json',
        'package.json',
      ]);
      const first = await store.prepare('npm:@acme/log@[1.0,2.0)');
      expect(first.manifest.version).to.equal('1.0.0');
    }));

  it('is a bundle when it has the key stave, and comes from the store when its digest is pinned', () =>
    withNpm(async ({ store, open, registry }) => {
      registry.publish({ name: 'greeter', version: '1.0.0', stave: {} });
      const first = await store.prepare('npm:greeter@^1');
      expect(first.manifest.isBundle).to.equal(true);
      const pinned = await open({ npm: never }).prepare('npm:greeter@^1', { pinned: first.digest });
      expect(pinned.digest).to.equal(first.digest);
      registry.publish({ name: 'greeter', version: '1.1.0', stave: {} });
      const updated = await store.prepare('npm:greeter@^1', { pinned: first.digest, update: true });
      expect(updated.manifest.version).to.equal('1.1.0');
    }));

  it('is found although the cached list of versions is older than it', () =>
    withNpm(async ({ store, registry }) => {
      registry.publish({ name: 'a', version: '1.0.0' });
      await store.prepare('npm:a@1.0.0');
      registry.publish({ name: 'a', version: '1.1.0' });
      expect((await store.prepare('npm:a@1.1.0')).manifest.version).to.equal('1.1.0');
    }));

  it('has the integrity that the registry tells', () =>
    withNpm(async ({ store, registry }) => {
      registry.publish({ name: 'a', version: '1.0.0' });
      await store.prepare('npm:a', { integrity: registry.integrity('a', '1.0.0') });
      const wrong = `sha512-${Buffer.alloc(64).toString('base64')}`;
      await refusal('STAVE_INTEGRITY_MISMATCH', store.prepare('npm:a', { integrity: wrong }));
    }));

  it('may be a real one', function () {
    this.timeout(60_000);
    return withStore(async ({ store }) => {
      try {
        const { manifest, root } = await store.prepare('npm:is-odd@3.0.1');
        expect(manifest).to.include({ name: 'is-odd', version: '3.0.1', isBundle: false });
        expect(paths(root)).to.include('node_modules/is-number/package.json');
      } catch (error) {
        if (error instanceof StaveError && error.code === 'STAVE_NPM_OFFLINE') this.skip();
        throw error;
      }
    });
  });
});

describe('running npm', () => {
  /** Puts a script in the place of npm on the PATH. */
  async function withFakeNpm(script: string, body: (folder: string) => Promise<void>): Promise<void> {
    await withTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const before = process.env.PATH;
      process.env.PATH = `${folder}:${before}`;
      try {
        await body(folder);
      } finally {
        process.env.PATH = before;
      }
    });
  }

  /** Whether a process has ended; one that nobody has asked for its status yet counts as ended. */
  const gone = (pid: number): boolean => {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.trim() === '' || stdout.startsWith('Z');
  };
  const HANGS = 'sleep 600 & echo $! > child.tmp; mv child.tmp child; echo "still working" >&2; wait';
  const childOf = (cwd: string): Promise<number> =>
    poll(() => Number(readFileSync(join(cwd, 'child'), 'utf8')));

  it('ends it with all its children when it is aborted', () =>
    withFakeNpm(HANGS, async (cwd) => {
      const controller = new AbortController();
      const run = runNpm(['ci'], { cwd, timeout: 60_000, where: 'x', signal: controller.signal });
      const child = await childOf(cwd);
      const reason = new Error('enough');
      controller.abort(reason);
      expect(await run.catch((error: unknown) => error)).to.equal(reason);
      await poll(() => gone(child));
    }));

  it('ends it with all its children when it takes too long, and tells what it said', () =>
    withFakeNpm(HANGS, async (cwd) => {
      const error = await refusal('STAVE_NPM_FAILED', runNpm(['ci'], { cwd, timeout: 300, where: 'x' }));
      expect(error.message).to.contain('npm.timeout').and.contain('still working');
      const child = await childOf(cwd);
      await poll(() => gone(child));
    }));

  it('tells the end of what a failed one said', () =>
    withFakeNpm('echo "npm error code EUSAGE" >&2; echo "npm error not in sync" >&2; exit 1', async (cwd) => {
      const error = await refusal('STAVE_NPM_FAILED', runNpm(['ci'], { cwd, timeout: 9999, where: 'x' }));
      expect(error.message).to.contain('not in sync').and.contain('status 1');
    }));

  it('says so when there is none', async () => {
    const before = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      const error = await refusal('STAVE_NPM_FAILED', runNpm([], { cwd: '/', timeout: 9999, where: 'x' }));
      expect(error.message).to.contain('no npm on the PATH');
    } finally {
      process.env.PATH = before;
    }
  });

  it('runs at most two at once', () =>
    withFakeNpm(
      'mkdir running-$$; ls -d running-* | wc -l >> counts; sleep 0.05; rmdir running-$$',
      async (cwd) => {
        const run = { cwd, timeout: 9999, where: 'x' };
        await Promise.all(Array.from({ length: 5 }, () => runNpm([], run)));
        const counts = readFileSync(join(cwd, 'counts'), 'utf8').trim().split(/\s+/).map(Number);
        expect(counts).to.have.length(5);
        expect(Math.max(...counts)).to.be.at.most(2);
      },
    ));

  it('keeps the settings of the user from it that belong to an outer npm', () => {
    const clean = npmEnvironment({
      PATH: '/bin',
      npm_config_registry: 'https://r',
      npm_config_local_prefix: '/outer',
      npm_config_loglevel: 'silent',
      npm_config_workspaces: 'true',
      npm_config_workspace: 'x',
      npm_lifecycle_event: 'start',
      npm_package_json: '/outer/package.json',
      npm_command: 'run-script',
      INIT_CWD: '/outer',
      npm_config_fetch_retry_mintimeout: '7',
    });
    expect(clean).to.deep.equal({
      PATH: '/bin',
      npm_config_registry: 'https://r',
      npm_config_fetch_retry_mintimeout: '7',
      npm_config_fetch_retry_maxtimeout: '5000',
      npm_config_update_notifier: 'false',
    });
  });

  it('reads the codes of old and new npm alike', () => {
    expect(npmFailure('npm ERR! code ETARGET', '', 'x').code).to.equal('STAVE_NPM_NOT_FOUND');
    expect(npmFailure('npm error code EAI_AGAIN', '', 'x').code).to.equal('STAVE_NPM_OFFLINE');
    expect(npmFailure('npm error code E401', '', 'x').code).to.equal('STAVE_NPM_FAILED');
    expect(npmFailure('Segmentation fault', '', 'x').code).to.equal('STAVE_NPM_FAILED');
  });

  it('tells a lock file that is behind from all that npm explains about its options', () => {
    const said = [
      'npm error code EUSAGE',
      'npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.',
      'npm error Missing: nanoid@5.1.6 from lock file',
      ...Array.from({ length: 30 }, () => 'npm error   --include-workspace-root'),
    ];
    const error = npmFailure(said.join('\n'), 'ended with status 1', 'file:///thing');
    expect(String(error)).to.equal(
      'STAVE_NPM_FAILED: file:///thing: package-lock.json does not fit package.json, it lacks nanoid@5.1.6; ' +
        'run npm install there, so that the lock file follows',
    );
  });
});

describe('a packed bundle', () => {
  it('has its dependencies inside, names its api, and is prepared anywhere without npm', () =>
    withNpm(async ({ folder, store, open, registry }) => {
      registry.publish(
        { name: 'a', version: '1.0.0', dependencies: { b: '^1.0.0' } },
        { name: 'b', version: '1.0.0', files: { 'index.js': '// b' } },
      );
      const source = write(join(folder, 'greeter'), greeter({ dependencies: { a: '^1.0.0' } }));
      const packed = await packBundle(store, source, { apiVersion: '0.1.0' });
      expect(packed.file).to.equal(join(source, 'acme-greeter-1.2.0.tgz'));
      const elsewhere = open({ data: join(folder, 'elsewhere'), npm: never });
      const prepared = await elsewhere.prepare(packed.file);
      expect(prepared.digest).to.equal(packed.digest);
      const files = contents(prepared.root);
      expect(files).to.include({ 'node_modules/b/index.js': '// b' });
      expect(JSON.parse(files['package.json']!)).to.deep.include({ engines: { stave: '^0.1.0' } });
    }));

  it('keeps the api version that it names itself, and goes where it is told', () =>
    withStore(async ({ folder, store }) => {
      const source = write(join(folder, 'greeter'), greeter({ engines: { node: '>=20', stave: '^0.0.9' } }));
      const out = join(folder, 'out.tgz');
      const packed = await packBundle(store, source, { apiVersion: '0.1.0', out });
      expect(packed.file).to.equal(out);
      const prepared = await store.prepare(out);
      expect(prepared.digest).to.equal((await store.prepare(source)).digest);
    }));
});

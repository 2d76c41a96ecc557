import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { locationOf } from 'stave/deploy/file-claims.js';
import { poll } from '../support/poll.js';
import { type DeployWorld, withDeployWorld } from './deploy-world.js';

const DESCRIPTOR = {
  name: 'acme',
  features: [
    { name: 'greeter', version: '1.0.0' },
    { name: 'log', version: '2.0.0', install: 'auto' },
    { name: 'extra', version: '1.0.0', install: 'manual' },
  ],
};

function keysOf(world: DeployWorld, file: string): string[] {
  return world.claims.of(file).map(({ type, key }) => `${type} ${key}`);
}

/** Runs the body with a node that follows its deploy folder. */
function watching(body: (world: DeployWorld) => Promise<void>): () => Promise<void> {
  return () =>
    withDeployWorld(async (world) => {
      world.deploy.watch();
      await body(world);
    });
}

describe('the location of a deployed file', () => {
  it('is a URL, with all that a URL cannot hold escaped', () => {
    expect(locationOf('/home/a b/100%.ts')).to.equal('file:///home/a%20b/100%25.ts');
  });
});

describe('deploy/deploy-folder', () => {
  it(
    'claims a dropped file, updates the claim with it, and releases it when it is deleted',
    watching(async (world) => {
      const location = locationOf(world.path('greeter.ts'));
      world.bundles = [{ location, name: 'greeter', version: '0.0.0-d1', problem: undefined }];
      writeFileSync(world.path('greeter.ts'), 'one');
      expect(await world.until('greeter.ts', 'ok')).to.deep.equal({
        file: 'greeter.ts',
        kind: 'bundle',
        state: 'ok',
        result: 'greeter 0.0.0-d1',
      });
      const [first] = world.claims.changesOf('greeter.ts');
      expect(first).to.deep.include({ owner: 'deploy:greeter.ts', update: [location], replaceAll: true });
      expect(first?.set?.[0]).to.deep.include({ type: 'bundle', key: location, value: {} });
      expect(first?.set?.[0]?.data).to.have.all.keys('fingerprint', 'kind', 'at');

      await world.untilChanged('greeter.ts', () => writeFileSync(world.path('greeter.ts'), 'two!'));
      expect(world.claims.changesOf('greeter.ts').at(-1)?.update).to.deep.equal([location]);

      rmSync(world.path('greeter.ts'));
      await world.untilReleased('greeter.ts');
    }),
  );

  it(
    'follows all files of a folder, in new folders too, but not node_modules',
    watching(async (world) => {
      mkdirSync(world.path('greeter', 'src'), { recursive: true });
      mkdirSync(world.path('greeter', 'node_modules', 'dayjs'), { recursive: true });
      writeFileSync(world.path('greeter', 'src', 'main.ts'), '');
      writeFileSync(world.path('greeter', 'package.json'), '{}');
      await world.until('greeter', 'ok');
      await world.untilChanged('greeter', () => writeFileSync(world.path('greeter', 'src', 'main.ts'), 'x'));
      await world.untilChanged('greeter', () => {
        mkdirSync(world.path('greeter', 'src', 'deep', 'er'), { recursive: true });
        writeFileSync(world.path('greeter', 'src', 'deep', 'er', 'more.ts'), '');
      });
      await world.untilChanged('greeter', () =>
        appendFileSync(world.path('greeter', 'src', 'deep', 'er', 'more.ts'), 'x'),
      );
      await world.untilChanged('greeter', () =>
        rmSync(world.path('greeter', 'src', 'deep'), { recursive: true }),
      );

      const before = world.claims.changesOf('greeter').length;
      writeFileSync(world.path('greeter', 'node_modules', 'dayjs', 'index.js'), '');
      writeFileSync(world.path('greeter', 'src', '.main.ts.swp'), '');
      writeFileSync(world.path('later.ts'), '');
      await world.until('later.ts', 'ok');
      await world.until('greeter', 'ok');
      expect(world.claims.changesOf('greeter')).to.have.length(before);
    }),
  );

  it(
    'takes a folder as soon as its package.json is there',
    watching(async (world) => {
      mkdirSync(world.path('greeter'));
      writeFileSync(world.path('greeter', 'main.ts'), '');
      expect((await world.until('greeter', 'failed')).result).to.include('the folder has no package.json');
      writeFileSync(world.path('greeter', 'package.json'), '{}');
      await world.until('greeter', 'ok');
    }),
  );

  it(
    'follows a folder that is replaced by another of its name, and one with a file of its own name',
    watching(async (world) => {
      mkdirSync(world.path('greeter'));
      writeFileSync(world.path('greeter', 'package.json'), '{}');
      await world.until('greeter', 'ok');
      mkdirSync(world.path('.new'));
      writeFileSync(world.path('.new', 'package.json'), '{ }');
      await world.untilChanged('greeter', () => {
        renameSync(world.path('greeter'), world.path('.old'));
        renameSync(world.path('.new'), world.path('greeter'));
      });
      await world.untilChanged('greeter', () => writeFileSync(world.path('greeter', 'greeter'), ''));
      await world.untilChanged('greeter', () => appendFileSync(world.path('greeter', 'greeter'), 'x'));
    }),
  );

  it(
    'takes names with blanks and letters of all languages, and files put there by rename',
    watching(async (world) => {
      for (const name of ['mein Grüßer.ts', '挨拶.ts', '100% a#b?.ts', 'deploy']) {
        const folder = name === 'deploy';
        if (folder) mkdirSync(world.path(name));
        writeFileSync(world.path(folder ? `${name}/package.json` : `.${name}.tmp`), '{}');
        if (!folder) renameSync(world.path(`.${name}.tmp`), world.path(name));
        await world.until(name, 'ok');
        expect(keysOf(world, name)).to.deep.equal([`bundle ${locationOf(world.path(name))}`]);
      }
      await world.untilChanged('挨拶.ts', () => {
        writeFileSync(world.path('.tmp'), 'new');
        renameSync(world.path('.tmp'), world.path('挨拶.ts'));
      });
    }),
  );

  it(
    'claims the repository and the automatic features of a descriptor, and lets go of those that it drops',
    watching(async (world) => {
      writeFileSync(world.path('acme.json'), JSON.stringify(DESCRIPTOR));
      const shown = await world.until('acme.json', 'ok');
      expect(shown).to.include({ kind: 'descriptor', result: 'greeter/1.0.0, log/2.0.0' });
      expect(keysOf(world, 'acme.json')).to.deep.equal([
        `repository ${locationOf(world.path('acme.json'))}`,
        'feature greeter/1.0.0',
        'feature log/2.0.0',
      ]);
      await world.untilChanged('acme.json', () =>
        writeFileSync(
          world.path('acme.json'),
          JSON.stringify({ ...DESCRIPTOR, features: DESCRIPTOR.features.slice(0, 1) }),
        ),
      );
      expect(keysOf(world, 'acme.json')).to.have.length(2);
      expect(world.claims.changesOf('acme.json').at(-1)?.update).to.deep.equal([
        locationOf(world.path('acme.json')),
      ]);
    }),
  );

  it(
    'keeps what is in force when a descriptor breaks, tells why, and takes it when it is mended',
    watching(async (world) => {
      writeFileSync(world.path('acme.json'), JSON.stringify(DESCRIPTOR));
      await world.until('acme.json', 'ok');
      writeFileSync(world.path('acme.json'), '{ "name": "acme",');
      const failed = await world.until('acme.json', 'failed');
      expect(failed.result).to.match(
        /^STAVE_DESCRIPTOR_INVALID: .*acme\.json: line 1, column 18: the text ends too early/,
      );
      expect(failed.kind).to.equal('descriptor');
      expect(keysOf(world, 'acme.json')).to.have.length(3);
      expect(world.log.join('\n')).to.include('deploy/acme.json: STAVE_DESCRIPTOR_INVALID');
      writeFileSync(world.path('acme.json'), JSON.stringify({ ...DESCRIPTOR, features: [] }));
      await world.until('acme.json', 'ok');
      expect(keysOf(world, 'acme.json')).to.have.length(1);
    }),
  );

  it(
    'claims a configuration with its properties',
    watching(async (world) => {
      writeFileSync(world.path('acme.greeter.cfg'), 'greeting=hello\n');
      expect(await world.until('acme.greeter.cfg', 'ok')).to.include({
        kind: 'configuration',
        result: 'acme.greeter',
      });
      expect(world.claims.of('acme.greeter.cfg')[0]).to.deep.include({
        type: 'configuration',
        key: 'acme.greeter',
        value: { properties: { greeting: 'hello' } },
      });
      writeFileSync(world.path('acme.greeter.cfg'), 'greeting');
      expect((await world.until('acme.greeter.cfg', 'failed')).result).to.include('line 1 is no property');
    }),
  );

  it(
    'lets a PID be in one place only, naming both, and takes it when the other place is free',
    watching(async (world) => {
      world.configurations.set('acme', { author: 'file', file: '/home/etc/acme.cfg' });
      writeFileSync(world.path('acme.cfg'), 'a=b');
      const { result } = await world.until('acme.cfg', 'failed');
      expect(result).to.include('STAVE_CONFIG_DUPLICATE');
      expect(result).to.include('deploy/acme.cfg').and.to.include('/home/etc/acme.cfg');
      world.configurations.delete('acme');
      world.configurationChanged.fire({
        type: 'deleted',
        pid: 'acme',
        author: 'file',
        revision: 2,
        configuration: undefined,
      });
      await world.until('acme.cfg', 'ok');
      world.configurations.set('acme', { author: 'deploy:acme.cfg', file: undefined });
      await world.untilChanged('acme.cfg', () => writeFileSync(world.path('acme.cfg'), 'a=cc'));
    }),
  );

  it(
    'lets one name be in one single file only, naming the first, and takes the second when the first goes',
    watching(async (world) => {
      writeFileSync(world.path('greeter.ts'), '');
      await world.until('greeter.ts', 'ok');
      writeFileSync(world.path('greeter.js'), '');
      const { result } = await world.until('greeter.js', 'failed');
      expect(result).to.include('STAVE_BUNDLE_DUPLICATE').and.to.include('deploy/greeter.ts');
      rmSync(world.path('greeter.ts'));
      await world.until('greeter.js', 'ok');
      expect(keysOf(world, 'greeter.ts')).to.deep.equal([]);
    }),
  );

  it(
    'shows why a claim is set aside, and that it no longer is',
    watching(async (world) => {
      world.claims.setAside = () => ({ code: 'STAVE_RESOLVE_FAILED', reason: 'no bundle offers @acme/log' });
      writeFileSync(world.path('greeter.ts'), '');
      expect((await world.until('greeter.ts', 'failed')).result).to.equal(
        'STAVE_RESOLVE_FAILED: no bundle offers @acme/log',
      );
      world.claims.setAside = () => undefined;
      expect(world.shown('greeter.ts')?.state).to.equal('ok');
      expect(world.claims.changesOf('greeter.ts')).to.have.length(1);
    }),
  );

  it(
    'tries a refused change again when the file changes, and when somebody else commits',
    watching(async (world) => {
      world.claims.refuse = () => new StaveError('STAVE_STORAGE', 'the disk is full');
      writeFileSync(world.path('greeter.ts'), '');
      expect((await world.until('greeter.ts', 'failed')).result).to.include(
        'STAVE_STORAGE: the disk is full',
      );
      writeFileSync(world.path('greeter.ts'), 'x');
      await poll(() => world.claims.changesOf('greeter.ts').length === 2);
      await world.until('greeter.ts', 'failed');
      world.claims.refuse = () => undefined;
      await world.claims.change({ owner: 'console' }).outcome;
      await world.until('greeter.ts', 'ok');
    }),
  );

  it(
    'comes to an end with a copy that pauses again and again',
    watching(async (world) => {
      const whole = 5;
      let parts = 0;
      world.claims.setAside = () =>
        parts < whole ? { code: 'STAVE_ARCHIVE_INVALID', reason: 'it is too short' } : undefined;
      for (parts = 1; parts <= whole; parts += 1) {
        appendFileSync(world.path('big.tgz'), 'part');
        await poll(() => world.claims.changesOf('big.tgz').length >= Math.min(parts, whole));
        if (parts === whole) break;
      }
      await world.until('big.tgz', 'ok');
    }),
  );

  it(
    'keeps the gestures of one file in order, and those of different files apart',
    watching(async (world) => {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      world.claims.hold = ({ owner }) => (owner === 'deploy:slow.ts' ? held : undefined);
      writeFileSync(world.path('slow.ts'), '');
      await poll(() => world.claims.changesOf('slow.ts').length === 1);
      writeFileSync(world.path('slow.ts'), 'x');
      writeFileSync(world.path('quick.ts'), '');
      await world.until('quick.ts', 'ok');
      expect(world.claims.changesOf('slow.ts')).to.have.length(1);
      expect(world.shown('slow.ts')?.state).to.equal('pending');
      release();
      await world.until('slow.ts', 'ok');
      expect(world.claims.changesOf('slow.ts')).to.have.length(2);
    }),
  );

  it(
    'takes a burst of 500 files',
    watching(async (world) => {
      for (let n = 0; n < 500; n += 1) writeFileSync(world.path(`b${n}.ts`), '');
      await poll(() => world.deploy.list().filter(({ state }) => state === 'ok').length === 500);
      expect(world.claims.changes).to.have.length(500);
    }),
  );

  it(
    'goes on when the folder is removed and made again',
    watching(async (world) => {
      writeFileSync(world.path('greeter.ts'), '');
      await world.until('greeter.ts', 'ok');
      for (const round of [1, 2]) {
        rmSync(world.folder, { recursive: true });
        await world.untilReleased('greeter.ts');
        mkdirSync(world.folder);
        writeFileSync(world.path('greeter.ts'), 'x'.repeat(round));
        await world.until('greeter.ts', 'ok');
      }
      rmSync(world.folder, { recursive: true });
      mkdirSync(world.folder);
      writeFileSync(world.path('other.ts'), '');
      await world.until('other.ts', 'ok');
      await world.untilReleased('greeter.ts');
    }),
  );

  it(
    'looks through links',
    watching(async (world) => {
      const elsewhere = `${world.folder}-elsewhere`;
      mkdirSync(elsewhere);
      writeFileSync(`${elsewhere}/package.json`, '{}');
      symlinkSync(elsewhere, world.path('linked'));
      await world.until('linked', 'ok');
      await world.untilChanged('linked', () => writeFileSync(`${elsewhere}/main.ts`, ''));
    }),
  );

  it(
    'claims nothing for files of editors and copying programs',
    watching(async (world) => {
      for (const name of ['.hidden.ts', 'a.ts~', 'b.tgz.part', 'README.md'])
        writeFileSync(world.path(name), '');
      writeFileSync(world.path('c.ts'), '');
      await world.until('c.ts', 'ok');
      expect(world.deploy.list().map(({ file }) => file)).to.deep.equal(['c.ts']);
    }),
  );
});

describe('deploy/deploy-folder at boot', () => {
  async function deployed(world: DeployWorld, ...names: string[]): Promise<void> {
    world.deploy.watch();
    for (const name of names) writeFileSync(world.path(name), '');
    for (const name of names) await world.until(name, 'ok');
    world.stop();
  }

  /** What main does at boot. */
  async function boot(world: DeployWorld): Promise<string[]> {
    const changes = await world.deploy.scan(world.claims.list());
    await Promise.all(changes.map((change) => world.claims.change(change).outcome));
    world.deploy.watch();
    return changes.map(({ owner, set }) => `${owner} ${set?.length}`);
  }

  it('changes nothing when nothing was changed meanwhile', () =>
    withDeployWorld(async (world) => {
      await deployed(world, 'a.ts', 'b.cfg');
      expect(await boot(world)).to.deep.equal([]);
      expect(world.deploy.list().map(({ file, state }) => `${file} ${state}`)).to.deep.equal([
        'a.ts ok',
        'b.cfg ok',
      ]);
    }));

  it('finds what was changed, dropped and deleted meanwhile', () =>
    withDeployWorld(async (world) => {
      await deployed(world, 'changed.ts', 'deleted.ts', 'kept.ts', 'touched.ts');
      writeFileSync(world.path('changed.ts'), 'new');
      rmSync(world.path('deleted.ts'));
      utimesSync(world.path('touched.ts'), 1, 1);
      writeFileSync(world.path('dropped.ts'), '');
      expect(await boot(world)).to.have.members([
        'deploy:deleted.ts 0',
        'deploy:changed.ts 1',
        'deploy:dropped.ts 1',
        'deploy:touched.ts 1',
      ]);
      await poll(() => world.deploy.list().filter(({ state }) => state === 'ok').length === 4);
      expect(world.claims.changes.slice(-4).map(({ owner }) => owner)).to.include('deploy:dropped.ts');
    }));

  it('gives the first by name where two new files stand for one name, and otherwise the one that has it', () =>
    withDeployWorld(async (world) => {
      await deployed(world, 'old.ts');
      for (const name of ['old.js', 'new.ts', 'new.js']) writeFileSync(world.path(name), '');
      expect(await boot(world)).to.deep.equal(['deploy:new.js 1']);
      expect(world.shown('old.js')?.result).to.include('deploy/old.ts');
      expect(world.shown('new.ts')?.result).to.include('deploy/new.js');
      rmSync(world.path('old.ts'));
      await world.until('old.js', 'ok');
    }));

  it('holds what happens between the scan and the watch, and then takes it', () =>
    withDeployWorld(async (world) => {
      await deployed(world, 'a.ts');
      expect(await world.deploy.scan(world.claims.list())).to.deep.equal([]);
      writeFileSync(world.path('a.ts'), 'new');
      writeFileSync(world.path('b.ts'), '');
      const before = world.claims.changes.length;
      world.deploy.watch();
      await world.until('b.ts', 'ok');
      await poll(() => world.claims.changes.length === before + 2);
    }));

  it('tries again what the boot could not commit', () =>
    withDeployWorld(async (world) => {
      writeFileSync(world.path('a.ts'), '');
      expect(await world.deploy.scan([])).to.have.length(1);
      expect(world.shown('a.ts')?.state).to.equal('pending');
      world.deploy.watch();
      await world.until('a.ts', 'ok');
    }));
});

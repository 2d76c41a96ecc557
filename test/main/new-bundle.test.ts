import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { newBundle } from 'stave/main/new-bundle.js';
import { withTemporaryFolder } from '../support/temporary.js';

const run = promisify(execFile);
const installation = fileURLToPath(new URL('../../..', import.meta.url));

function make(name: string, cwd: string): Promise<string> {
  return newBundle(name, { cwd, installation, apiVersion: '0.1.0' });
}

async function refusal(name: string, cwd: string): Promise<StaveError> {
  try {
    await make(name, cwd);
  } catch (error) {
    if (error instanceof StaveError) return error;
    throw error;
  }
  throw new Error(`${name} was not refused`);
}

describe('stave new bundle', () => {
  it('makes a project that passes its own type check and tests', async function () {
    this.timeout(120_000);
    await withTemporaryFolder(async (cwd) => {
      const folder = await make('@acme/my-clock', cwd);
      expect(folder).to.equal(join(cwd, 'my-clock'));
      await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
      const { stdout } = await run('npm', ['test'], { cwd: folder, env: withoutNodeTest() });
      expect(stdout)
        .to.match(/pass 3\b/)
        .and.match(/fail 0\b/);
    });
  });

  it('writes the version of the api that it is made for, and names by the package', async () => {
    await withTemporaryFolder(async (cwd) => {
      const folder = await make('@acme/my-clock', cwd);
      const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      expect(manifest.name).to.equal('@acme/my-clock');
      expect(manifest.engines).to.deep.equal({ stave: '^0.1.0' });
      expect(manifest.stave.config).to.have.keys('acme.my-clock');
    });
  });

  it('makes the same bytes each time', async () => {
    await withTemporaryFolder(async (cwd) => {
      const archives = await Promise.all(
        ['one', 'two'].map(async (name) => {
          await mkdir(join(cwd, name));
          return readFile(join(await make('clock', join(cwd, name)), 'types', 'stave-api.tgz'));
        }),
      );
      expect(archives[0]!.equals(archives[1]!)).to.equal(true);
    });
  });

  for (const name of [
    '',
    'Clock',
    '.clock',
    '_clock',
    'a/b',
    '@acme',
    '@acme/',
    '../clock',
    'fs',
    'x'.repeat(215),
  ]) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 20))} and makes nothing`, async () => {
      await withTemporaryFolder(async (cwd) => {
        expect((await refusal(name, cwd)).code).to.equal('STAVE_COMMAND_USAGE');
        expect(await readdir(cwd)).to.deep.equal([]);
      });
    });
  }

  it('refuses a folder that is there, and leaves it as it is', async () => {
    await withTemporaryFolder(async (cwd) => {
      await mkdir(join(cwd, 'clock'));
      const error = await refusal('clock', cwd);
      expect(error.code).to.equal('STAVE_COMMAND_FAILED');
      expect(error.message).to.contain(join(cwd, 'clock'));
      expect(await readdir(join(cwd, 'clock'))).to.deep.equal([]);
    });
  });

  it('leaves nothing behind when it cannot be made', async () => {
    await withTemporaryFolder(async (cwd) => {
      const options = { cwd, installation: join(cwd, 'nothing-here'), apiVersion: '0.1.0' };
      const error = await newBundle('clock', options).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(StaveError);
      expect(await readdir(cwd)).to.deep.equal([]);
    });
  });
});

/** A node test that believes to run inside another one reports to it, and prints nothing. */
function withoutNodeTest(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return environment;
}

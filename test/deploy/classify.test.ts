import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { classify, isIgnoredName } from 'stave/deploy/classify.js';
import { withTemporaryFolder } from '../support/temporary.js';

const FILES: readonly (readonly [name: string, expected: string])[] = [
  ['greeter.ts', 'single bundle'],
  ['greeter.js', 'single bundle'],
  ['greeter.mjs', 'single bundle'],
  ['greeter.cjs', 'single bundle'],
  ['grüße an alle.ts', 'single bundle'],
  ['greeter-1.0.0.tgz', 'bundle'],
  ['greeter.tar.gz', 'bundle'],
  ['greeter.zip', 'bundle'],
  ['features.json', 'descriptor'],
  ['acme.greeter.cfg', 'configuration'],
  ['acme.pool~main.cfg', 'configuration'],
  ['acme.greeter.cfg.json', 'configuration'],
  ['features.xml', 'unsupported'],
  ['acme.kar', 'unsupported'],
  ['greeter.d.ts', 'unsupported'],
  ['notes.txt', 'unsupported'],
  ['LICENSE', 'unsupported'],
];

const IGNORED = [
  '.hidden',
  '.greeter.ts.swp',
  'greeter.ts~',
  '#greeter.ts#',
  '4913',
  'greeter.tgz.part',
  'greeter.tgz.tmp',
  'greeter.tgz.crdownload',
  'greeter.ts.bak',
  'greeter.ts___jb_tmp___',
  'README.md',
  '.DS_Store',
];

async function shown(folder: string, name: string): Promise<string> {
  const found = await classify(join(folder, name), name);
  return found.kind === 'bundle' && found.single ? 'single bundle' : found.kind;
}

describe('deploy/classify', () => {
  for (const [name, expected] of FILES) {
    it(`takes ${name} for ${expected}`, () =>
      withTemporaryFolder(async (folder) => {
        writeFileSync(join(folder, name), '');
        expect(await shown(folder, name)).to.equal(expected);
      }));
  }

  for (const name of IGNORED) {
    it(`passes over ${name}`, () => expect(isIgnoredName(name)).to.equal(true));
  }

  it('takes a folder with a package.json for a bundle, also behind a link', () =>
    withTemporaryFolder(async (folder) => {
      mkdirSync(join(folder, 'greeter.ts'));
      expect(await shown(folder, 'greeter.ts')).to.equal('unsupported');
      writeFileSync(join(folder, 'greeter.ts', 'package.json'), '{}');
      symlinkSync(join(folder, 'greeter.ts'), join(folder, 'linked'));
      expect(await shown(folder, 'greeter.ts')).to.equal('bundle');
      expect(await shown(folder, 'linked')).to.equal('bundle');
    }));

  it('says why XML and feature archives are not taken', () =>
    withTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, 'a.xml'), '');
      expect(await classify(join(folder, 'a.xml'), 'a.xml'))
        .to.have.property('reason')
        .that.includes('XML');
    }));

  it('sees that a file is gone', async () => {
    expect(await classify('/nowhere/greeter.ts', 'greeter.ts')).to.deep.equal({ kind: 'gone' });
  });
});

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('docs/errors.md', () => {
  it('names every code, with its remedy: it is made from the table of the api', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/error-table.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });
});

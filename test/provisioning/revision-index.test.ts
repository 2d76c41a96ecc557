import { join } from 'node:path';
import { expect } from 'chai';
import { parseManifest } from 'stave/manifest/parse-manifest.js';
import type { CompiledModule } from 'stave/modules/compiled-module.js';
import { RevisionIndex } from 'stave/provisioning/revision-index.js';
import { withTemporaryFolder } from '../support/temporary.js';

function revision(digest: string) {
  const compiled: CompiledModule = {
    key: digest,
    digest,
    folder: '/nowhere',
    kind: 'chunk',
    imports: [],
    declared: [],
    files: {},
    layout: { kind: 'chunk', entries: [] },
  };
  return {
    digest,
    root: '/nowhere',
    manifest: parseManifest({ name: digest, version: '1.0.0' }, digest),
    compiled,
  };
}

describe('provisioning/revision-index', () => {
  it('knows after a restart which revisions there are, and what of them ran to its end', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'revisions.json');
      const index = new RevisionIndex(path, 'builder');
      index.add(revision('one'));
      await index.save();
      index.proven.add('one', 'start');
      await index.save();
      const again = new RevisionIndex(path, 'builder');
      await again.load();
      expect(again.get('one')?.compiled).to.deep.equal(revision('one').compiled);
      expect(again.proven.has('one', 'start')).to.equal(true);
      expect(again.proven.has('one', 'one')).to.equal(false);
      expect(again.proven.has('two', 'start')).to.equal(false);
    }));

  it('forgets what ran of revisions that are gone, and all of another builder', () =>
    withTemporaryFolder(async (folder) => {
      const path = join(folder, 'revisions.json');
      const index = new RevisionIndex(path, 'builder');
      index.add(revision('one'));
      index.proven.add('one', 'start');
      await index.save();
      const other = new RevisionIndex(path, 'another builder');
      await other.load();
      expect(other.get('one')).to.equal(undefined);
      expect(other.proven.has('one', 'start')).to.equal(false);
      index.retain(new Set());
      expect(index.proven.has('one', 'start')).to.equal(false);
    }));
});

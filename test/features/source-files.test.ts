import { expect } from 'chai';
import { SourceFiles } from 'stave/features/source-files.js';
import { FakeArtifacts } from './fake-artifacts.js';

const REMOTE = 'https://example.org/a.txt';
const OPTIONS = { signal: new AbortController().signal, update: new Set<string>(), pinned: undefined };

describe('features/source-files', () => {
  it('leaves a remote source that failed in peace for half a minute, unless it is to be updated', async () => {
    const artifacts = new FakeArtifacts();
    let now = 1000;
    const files = new SourceFiles(
      artifacts,
      async (content) => new TextDecoder().decode(content),
      () => now,
    );
    expect((await files.load(REMOTE, OPTIONS)).problem?.code).to.equal('STAVE_LOCATION_NOT_FOUND');
    artifacts.files.set(REMOTE, 'here');
    expect((await files.load(REMOTE, OPTIONS)).value).to.equal(undefined);
    now += 30_000;
    expect((await files.load(REMOTE, OPTIONS)).value).to.equal('here');
    artifacts.files.set(REMOTE, 'new');
    expect((await files.load(REMOTE, OPTIONS)).value).to.equal('here');
    expect((await files.load(REMOTE, { ...OPTIONS, update: new Set([REMOTE]) })).value).to.equal('new');
    expect(artifacts.reads).to.have.length(3);
  });
});

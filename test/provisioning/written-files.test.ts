import type { ConfigurationWant, FileWant } from '@stave/api';
import { expect } from 'chai';
import { sha256 } from 'stave/base/digest.js';
import { type FilesAsTheyAre, fillDigests, planFiles } from 'stave/provisioning/written-files.js';

const CLAIMS = [{ owner: 'console' as const, type: 'feature', key: 'greeter' }];

function configuration(persist: 'file' | 'memory' = 'file'): ConfigurationWant {
  return {
    kind: 'configuration',
    pid: 'acme.greeter',
    properties: { greeting: 'hello' },
    persist,
    by: 'feature greeter/1.0.0',
    claims: CLAIMS,
  };
}

function file(): FileWant {
  return {
    kind: 'file',
    path: 'etc/greeter.txt',
    content: Buffer.from('hello\n'),
    by: 'feature greeter/1.0.0',
    claims: CLAIMS,
  };
}

function files(init: Partial<FilesAsTheyAre> = {}): FilesAsTheyAre {
  return {
    configuration: () => undefined,
    configurationPath: (pid) => `etc/${pid}.cfg`,
    digest: () => null,
    ...init,
  };
}

describe('provisioning/planFiles', () => {
  it('writes a configuration where its PID is absent', () => {
    const plan = planFiles([configuration()], [], files());
    expect(plan.edits).to.deep.equal([
      {
        pid: 'acme.greeter',
        author: 'feature',
        kind: 'replace',
        properties: { greeting: 'hello' },
        persist: 'file',
      },
    ]);
  });

  it('leaves a configuration that is there, also later when the user deletes it', () => {
    const first = planFiles([configuration()], [], files({ configuration: () => 'file' }));
    expect(first.edits).to.deep.equal([]);
    expect(planFiles([configuration()], first.written, files()).edits).to.deep.equal([]);
  });

  it('writes again what a user has deleted, when that is asked for', () => {
    const first = planFiles([configuration()], [], files({ configuration: () => 'file' }));
    expect(planFiles([configuration()], first.written, files(), true).edits).to.have.length(1);
    expect(
      planFiles([configuration()], first.written, files({ configuration: () => 'file' }), true).edits,
    ).to.have.length(0);
  });

  it('takes a configuration back that is still as it was written', () => {
    const first = planFiles([configuration()], [], files());
    const writes = [
      { path: 'etc/acme.greeter.cfg', before: null, after: 'd1', content: 'greeting = hello\n' },
    ];
    const written = fillDigests(first.written, writes, (pid) => `etc/${pid}.cfg`);
    const release = planFiles([], written, files({ configuration: () => 'file', digest: () => 'd1' }));
    expect(release.edits).to.deep.equal([{ pid: 'acme.greeter', author: 'feature', kind: 'delete' }]);
    expect(release.written).to.deep.equal([]);
  });

  it('leaves a configuration that was edited, and says so', () => {
    const written = [{ key: 'pid:acme.greeter', digest: 'd1', claims: CLAIMS }];
    const release = planFiles([], written, files({ configuration: () => 'file', digest: () => 'd2' }));
    expect(release.edits).to.deep.equal([]);
    expect(release.notes).to.deep.equal(['etc/acme.greeter.cfg stays: it was edited']);
  });

  it('writes a file once and takes it back on release', () => {
    const first = planFiles([file()], [], files());
    const after = sha256('hello\n');
    expect(first.writes).to.deep.equal([
      { path: 'etc/greeter.txt', before: null, after, content: 'hello\n' },
    ]);
    const release = planFiles([], first.written, files({ digest: () => after }));
    expect(release.writes).to.deep.equal([
      { path: 'etc/greeter.txt', before: after, after: null, content: null },
    ]);
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);
    const [write] = planFiles([{ ...file(), content: bytes }], [], files()).writes;
    expect(write?.encoding).to.equal('base64');
    expect(Buffer.from(write?.content ?? '', 'base64').equals(bytes)).to.equal(true);
  });

  it('refuses a configuration in memory whose PID has a file', () => {
    const plan = planFiles([configuration('memory')], [], files({ configuration: () => 'file' }));
    expect(plan.unmet.map(({ code }) => code)).to.deep.equal(['STAVE_CONFIG_DUPLICATE']);
    expect(plan.unmet[0]?.reason).to.include('etc/acme.greeter.cfg');
  });

  it('tells a configuration in memory only when it changes', () => {
    const first = planFiles([configuration('memory')], [], files());
    expect(first.edits).to.have.length(1);
    expect(
      planFiles([configuration('memory')], first.written, files({ configuration: () => 'memory' })).edits,
    ).to.have.length(0);
  });
});

import { expect } from 'chai';
import { CfgText } from 'stave/config/cfg-text.js';
import { interpolate } from 'stave/config/interpolate.js';
import { factoryOf, fileKind, isPid } from 'stave/config/pid.js';
import { vectorsOf } from './vectors.js';

type Strings = Readonly<Record<string, string>>;

interface ReadCase {
  readonly id: string;
  readonly text: string;
  readonly expect?: Strings;
  readonly error?: true;
}
interface WriteCase {
  readonly id: string;
  readonly text: string;
  readonly changes: { readonly set: Strings; readonly remove: readonly string[] };
  readonly expect?: string;
  readonly expectAny?: readonly string[];
  readonly expectReads?: Strings;
}
interface InterpolationCase {
  readonly id: string;
  readonly text: string;
  readonly env: Strings;
  readonly system: Strings;
  readonly expect?: Strings;
  readonly error?: 'recursion';
}
interface FileCase {
  readonly id: string;
  readonly file: string;
  readonly expect?: { readonly pid: string; readonly factoryPid?: string; readonly name?: string };
  readonly ignored?: true;
}

function reading(text: string): Strings {
  return Object.fromEntries(CfgText.read(text, 'case').values());
}

describe('conformance/cfg-read', () => {
  for (const { id, text, expect: expected, error } of vectorsOf<ReadCase>('cfg-read')) {
    it(id, () => {
      if (error)
        expect(() => reading(text))
          .to.throw()
          .with.property('code', 'STAVE_CONFIG_SYNTAX');
      else expect(reading(text)).to.deep.equal(expected);
    });
  }
});

describe('conformance/cfg-write', () => {
  for (const { id, text, changes, ...wanted } of vectorsOf<WriteCase>('cfg-write')) {
    it(id, () => {
      const document = CfgText.read(text, 'case');
      for (const [key, value] of Object.entries(changes.set)) document.set(key, value);
      for (const key of changes.remove) document.remove(key);
      const written = document.toString();
      if (wanted.expect !== undefined) expect(written).to.equal(wanted.expect);
      if (wanted.expectAny) expect(wanted.expectAny).to.include(written);
      if (wanted.expectReads) {
        expect(reading(written)).to.deep.equal(wanted.expectReads);
        expect(written.startsWith(text)).to.equal(true);
      }
    });
  }
});

describe('conformance/cfg-interpolation', () => {
  for (const { id, text, env, system, expect: expected, error } of vectorsOf<InterpolationCase>(
    'cfg-interpolation',
  )) {
    it(id, () => {
      const filled = (): Strings =>
        Object.fromEntries(interpolate(CfgText.read(text, 'case').values(), { env, system }));
      if (error) expect(filled).to.throw().with.property('code', 'STAVE_CONFIG_RECURSIVE');
      else expect(filled()).to.deep.equal(expected);
    });
  }
});

describe('conformance/pid-file', () => {
  for (const { id, file, expect: expected } of vectorsOf<FileCase>('pid-file')) {
    it(id, () => {
      const kind = fileKind(file);
      if (!expected) {
        expect(kind.kind).to.equal('ignored');
        return;
      }
      if (kind.kind === 'ignored') throw new Error(`${file} is ignored`);
      expect(isPid(kind.pid)).to.equal(true);
      expect({ pid: kind.pid, ...factoryOf(kind.pid) }).to.deep.equal(expected);
    });
  }
});

import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { parseRange, type RangeDialect } from 'stave/base/range.js';
import { vectorsOf } from './vectors.js';

interface Case {
  readonly id: string;
  readonly dialect: RangeDialect;
  readonly range: string;
  readonly version?: string;
  readonly includes?: boolean;
  readonly error?: true;
}

describe('conformance/version-range', () => {
  for (const { id, dialect, range, version, includes, error } of vectorsOf<Case>('version-range')) {
    it(`${id}: ${dialect} ${range} ${version ?? 'is refused'}`, () => {
      if (error) {
        expect(() => parseRange(range, dialect))
          .to.throw(StaveError)
          .with.property('code', 'STAVE_VERSION_INVALID');
        return;
      }
      expect(parseRange(range, dialect).includes(version!)).to.equal(includes);
    });
  }
});

import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { parseBootList } from 'stave/features/boot-list.js';
import { vectorsOf } from './vectors.js';

interface BootCase {
  readonly id: string;
  readonly text: string;
  readonly expect?: string[][];
  readonly error?: true;
}

describe('conformance/feature-boot', () => {
  for (const { id, text, expect: stages, error } of vectorsOf<BootCase>('feature-boot')) {
    it(`${id}: ${JSON.stringify(text)}`, () => {
      if (!error) {
        expect(parseBootList(text)).to.deep.equal(stages);
        return;
      }
      expect(() => parseBootList(text))
        .to.throw(StaveError)
        .with.property('code', 'STAVE_BOOT_LIST_INVALID');
    });
  }
});

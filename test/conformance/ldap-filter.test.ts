import { StaveError } from '@stave/api';
import { expect } from 'chai';
import { compileFilter } from 'stave/base/filter.js';
import { parseVersion } from 'stave/base/version.js';
import { vectorsOf } from './vectors.js';

interface Case {
  readonly id: string;
  readonly filter: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly matches?: boolean;
  readonly error?: true;
}

function typed(value: unknown): unknown {
  const version = (value as { readonly $version?: string } | null)?.$version;
  return version === undefined ? value : parseVersion(version);
}

describe('conformance/ldap-filter', () => {
  for (const { id, filter, properties = {}, matches, error } of vectorsOf<Case>('ldap-filter')) {
    it(`${id}: ${filter}`, () => {
      if (error) {
        expect(() => compileFilter(filter))
          .to.throw(StaveError)
          .with.property('code', 'STAVE_FILTER_INVALID');
        return;
      }
      const values = Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, typed(value)]),
      );
      expect(compileFilter(filter)(values)).to.equal(matches);
    });
  }
});

import type { Claim } from '@stave/api';
import { expect } from 'chai';
import { roundsOf } from 'stave/provisioning/rounds.js';

function feature(key: string, stage: number): Claim {
  return { owner: 'boot', type: 'feature', key, value: {}, stage };
}

function keysOf(claims: readonly Claim[], known: readonly Claim[]): readonly (readonly string[])[] {
  return roundsOf({ claims, overrides: [] }, known).map((round) => round.claims.map(({ key }) => key));
}

describe('provisioning/roundsOf', () => {
  const claims = [feature('a', 0), feature('b', 1), feature('c', 2)];

  it('makes a round of each stage of new boot claims, with all that come before', () => {
    expect(keysOf(claims, [])).to.deep.equal([['a'], ['a', 'b'], ['a', 'b', 'c']]);
  });

  it('makes one round when no boot claim is new', () => {
    expect(keysOf(claims, claims)).to.deep.equal([['a', 'b', 'c']]);
  });

  it('keeps what is claimed already in every round, whatever its stage', () => {
    expect(keysOf([...claims, feature('d', 3)], [feature('b', 1)])).to.deep.equal([
      ['a', 'b'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c', 'd'],
    ]);
  });
});

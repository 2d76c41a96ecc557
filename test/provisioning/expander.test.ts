import type { Claim, Owner, ResourceType } from '@stave/api';
import { expect } from 'chai';
import { bundleType } from 'stave/provisioning/bundle-type.js';
import { expandClaims } from 'stave/provisioning/expander.js';

/** A type whose claims want one bundle, at a start level. */
const levels: ResourceType = {
  name: 'level',
  check: () => undefined,
  gather: async () => [],
  expand: ({ claims }) => ({
    wants: claims.map(({ owner, type, key, value }) => ({
      kind: 'bundle',
      location: 'file:/one',
      startLevel: value.level as number,
      by: owner,
      claims: [{ owner, type, key }],
    })),
    unmet: [],
    pins: {},
    observed: {},
  }),
};

function owners(claims: readonly Claim[]): readonly string[] {
  return expandClaims([bundleType, levels], claims, {}, new Set()).wants.map(({ by }) => by);
}

describe('provisioning/expandClaims', () => {
  it('orders what is wanted by the precedence of owners, across types', () => {
    const bundle = (owner: Owner): Claim => ({ owner, type: 'bundle', key: 'file:/one', value: {} });
    const level = (owner: Owner): Claim => ({ owner, type: 'level', key: 'x', value: { level: 1 } });
    const all = [bundle('boot'), bundle('deploy:b'), level('console'), level('group:g'), level('deploy:a')];
    expect(owners(all)).to.deep.equal(['console', 'deploy:a', 'deploy:b', 'group:g', 'boot']);
  });
});

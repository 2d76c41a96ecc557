import { type Claim, type Owner, overrideKey } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { applyChange, type Wishes } from 'stave/provisioning/claim-book.js';
import { claimId } from 'stave/provisioning/owners.js';

const NOTHING: Wishes = { claims: [], overrides: [] };

function claim(key: string): Omit<Claim, 'owner'> {
  return { type: 'bundle', key, value: {} };
}

function keys(wishes: Wishes, owner: Owner): string[] {
  return wishes.claims.filter((entry) => entry.owner === owner).map((entry) => entry.key);
}

describe('provisioning/applyChange', () => {
  it('keeps a thing claimed while another owner still claims it', () => {
    const both = applyChange(applyChange(NOTHING, { owner: 'boot', set: [claim('file:/a')] }), {
      owner: 'console',
      set: [claim('file:/a')],
    });
    const released = applyChange(both, { owner: 'console', release: [claim('file:/a')] });
    expect(keys(released, 'console')).to.deep.equal([]);
    expect(keys(released, 'boot')).to.deep.equal(['file:/a']);
  });

  it('refuses to release for the console what only others claim, naming the owner and the gesture that releases it', () => {
    const wishes = applyChange(NOTHING, { owner: 'deploy:a.ts', set: [claim('file:/a')] });
    expect(() => applyChange(wishes, { owner: 'console', release: [claim('file:/a')] }))
      .to.throw()
      .that.includes({ code: 'STAVE_CLAIM_NOT_OWNED', remedy: 'delete the file from deploy/' })
      .and.has.property('message')
      .that.includes('deploy:a.ts');
  });

  it('lets a standing owner release what it does not claim', () => {
    expect(applyChange(NOTHING, { owner: 'group:default', release: [claim('file:/a')] })).to.deep.equal(
      NOTHING,
    );
  });

  it('releases what replaceAll does not name', () => {
    const before = applyChange(NOTHING, { owner: 'boot', set: [claim('file:/a'), claim('file:/b')] });
    const after = applyChange(before, { owner: 'boot', set: [claim('file:/b')], replaceAll: true });
    expect(keys(after, 'boot')).to.deep.equal(['file:/b']);
  });

  it('takes an override back when neither stop nor level is left', () => {
    const stopped = applyChange(NOTHING, { owner: 'console', overrides: [{ bundle: 'a@1', stopped: true }] });
    expect(stopped.overrides).to.deep.equal([{ bundle: 'a@1', stopped: true }]);
    const started = applyChange(stopped, {
      owner: 'console',
      overrides: [{ bundle: 'a@1', stopped: false }],
    });
    expect(started.overrides).to.deep.equal([]);
  });

  it('keys overrides by name and major version', () => {
    expect(overrideKey({ name: '@acme/greeter', version: '2.3.4' })).to.equal('@acme/greeter@2');
  });

  it('gives the same claims whatever the order of owners', () => {
    const owners: Owner[] = ['boot', 'console', 'local', 'deploy:x.ts', 'deploy:a.ts', 'group:default'];
    const changes = fc.uniqueArray(
      fc.tuple(fc.constantFrom(...owners), fc.constantFrom('file:/a', 'file:/b', 'npm:c')),
      {
        selector: ([owner, key]) => `${owner} ${key}`,
      },
    );
    fc.assert(
      fc.property(changes, fc.infiniteStream(fc.nat()), (list, noise) => {
        const shuffled = list.map((item) => [noise.next().value, item] as const).sort((a, b) => a[0] - b[0]);
        const made = (items: typeof list): string[] =>
          items
            .reduce((wishes, [owner, key]) => applyChange(wishes, { owner, set: [claim(key)] }), NOTHING)
            .claims.map(claimId);
        expect(made(shuffled.map(([, item]) => item))).to.deep.equal(made(list));
      }),
    );
  });
});

import { expect } from 'chai';
import { nearest } from 'stave/base/nearest.js';

describe('base/nearest', () => {
  const keys = ['activator', 'components', 'imports', 'exports', 'startLevel'];

  it('finds what a mistyped word meant', () => {
    expect(nearest('activater', keys)).to.equal('activator');
    expect(nearest('startlevel', keys)).to.equal('startLevel');
    expect(nearest('export', keys)).to.equal('exports');
  });

  it('finds nothing when nothing is near', () => {
    expect(nearest('colour', keys)).to.equal(undefined);
    expect(nearest('', keys)).to.equal(undefined);
  });
});

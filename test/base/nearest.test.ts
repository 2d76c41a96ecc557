import { expect } from 'chai';
import { nearest } from 'stave/base/nearest.js';

describe('base/nearest', () => {
  const keys = ['activator', 'components', 'imports', 'exports', 'startLevel'];

  it('finds what a mistyped word meant', () => {
    expect(nearest('activater', keys)).to.equal('activator');
    expect(nearest('startlevel', keys)).to.equal('startLevel');
    expect(nearest('export', keys)).to.equal('exports');
  });

  it('counts a swap of neighbours as one mistake, and knows words that are typed in part', () => {
    expect(nearest('satrt', ['start', 'stop'])).to.equal('start');
    expect(nearest('property', ['list', 'property-set'])).to.equal('property-set');
  });

  it('finds nothing when nothing is near', () => {
    expect(nearest('colour', keys)).to.equal(undefined);
    expect(nearest('', keys)).to.equal(undefined);
  });
});

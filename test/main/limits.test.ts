import { expect } from 'chai';
import { checkLimits, DEFAULT_LIMITS, limitsFrom } from 'stave/main/limits.js';

describe('main/limits', () => {
  it('are the default where the configuration says nothing', () => {
    expect(limitsFrom({})).to.deep.equal(DEFAULT_LIMITS);
  });

  it('take numbers from the text of a cfg', () => {
    expect(limitsFrom({ 'start.timeout': '500', 'unpacked.files': '10' })).to.deep.include({
      life: { ...DEFAULT_LIMITS.life, start: 500 },
      artifacts: { ...DEFAULT_LIMITS.artifacts, 'unpacked.files': 10 },
    });
  });

  it('refuse a key that is none, naming those that are', () => {
    expect(() => checkLimits({ 'start.timout': '5' }))
      .to.throw('start.timout')
      .that.includes({ code: 'STAVE_CONFIG_REFUSED' })
      .and.has.property('remedy')
      .that.includes('start.timeout');
  });

  for (const value of ['soon', '0', '-1', '1.5', '']) {
    it(`refuse "${value}" as a limit`, () => {
      expect(() => checkLimits({ 'start.timeout': value }))
        .to.throw()
        .with.property('code', 'STAVE_CONFIG_REFUSED');
    });
  }
});

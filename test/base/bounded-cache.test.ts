import { expect } from 'chai';
import { BoundedCache } from 'stave/base/bounded-cache.js';

describe('base/BoundedCache', () => {
  it('makes a value once', () => {
    const cache = new BoundedCache<string, object>(2);
    expect(cache.getOrMake('a', () => ({}))).to.equal(cache.getOrMake('a', () => ({})));
  });

  it('forgets the oldest when it is full', () => {
    const cache = new BoundedCache<string, number>(2);
    for (const [value, key] of ['a', 'b', 'c'].entries()) cache.getOrMake(key, () => value);
    expect(cache.size).to.equal(2);
    expect(cache.getOrMake('c', () => 99)).to.equal(2);
    expect(cache.getOrMake('a', () => 99)).to.equal(99);
  });

  it('keeps nothing when making fails', () => {
    const cache = new BoundedCache<string, number>(2);
    const fail = (): never => {
      throw new Error('no');
    };
    expect(() => cache.getOrMake('a', fail)).to.throw('no');
    expect(cache.getOrMake('a', () => 1)).to.equal(1);
  });
});

import { expect } from 'chai';
import { DisposableStore, toDisposable } from 'stave/base/disposable-store.js';

describe('base/DisposableStore', () => {
  it('disposes last first', () => {
    const order: number[] = [];
    const store = new DisposableStore();
    for (const n of [1, 2, 3]) store.add(toDisposable(() => order.push(n)));
    store.dispose();
    expect(order).to.deep.equal([3, 2, 1]);
  });

  it('disposes at once what is added after its disposal', () => {
    const store = new DisposableStore();
    store.dispose();
    let disposed = false;
    store.add(
      toDisposable(() => {
        disposed = true;
      }),
    );
    expect(disposed).to.equal(true);
  });

  it('disposes all although one throws, and throws the first error', () => {
    const order: number[] = [];
    const store = new DisposableStore();
    store.add(toDisposable(() => order.push(1)));
    store.add(
      toDisposable(() => {
        throw new Error('second');
      }),
    );
    expect(() => store.dispose()).to.throw('second');
    expect(order).to.deep.equal([1]);
  });
});

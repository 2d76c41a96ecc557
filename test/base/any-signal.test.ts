import { expect } from 'chai';
import { withAnySignal } from 'stave/base/any-signal.js';

describe('base/withAnySignal', () => {
  it('is aborted with the first of the signals, for its reason', async () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const reason = await withAnySignal([a.signal, undefined, b.signal], async (signal) => {
      b.abort('b');
      a.abort('a');
      return signal.reason as unknown;
    });
    expect(reason).to.equal('b');
  });

  it('is aborted from the start when one of them is', async () => {
    const aborted = await withAnySignal([AbortSignal.abort()], async (signal) => signal.aborted);
    expect(aborted).to.equal(true);
  });

  it('does not listen any longer once the body has ended', async () => {
    const controller = new AbortController();
    const signal = await withAnySignal([controller.signal], async (inner) => inner);
    controller.abort();
    expect(signal.aborted).to.equal(false);
  });
});

import { expect } from 'chai';
import { sleep, withLimit } from 'stave/base/limit.js';

const never = new Promise<never>(() => undefined);
const late = (): Error => new Error('too late');

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
}

describe('base/withLimit', () => {
  it('gives what the work gives', async () => {
    expect(await withLimit(async () => 7, 10_000, late)).to.equal(7);
  });

  it('rejects as the work rejects, also when it throws at once', async () => {
    const failure = new Error('broken');
    expect(await rejectionOf(withLimit(() => Promise.reject(failure), 10_000, late))).to.equal(failure);
    const throws = (): never => {
      throw failure;
    };
    expect(await rejectionOf(withLimit(throws, 10_000, late))).to.equal(failure);
  });

  it('rejects at the limit and aborts the work', async () => {
    let inner: AbortSignal | undefined;
    const run = withLimit(
      (signal) => {
        inner = signal;
        return never;
      },
      1,
      late,
    );
    expect(await rejectionOf(run))
      .to.be.an('error')
      .with.property('message', 'too late');
    expect(inner?.aborted).to.equal(true);
  });

  it('rejects with the reason of the outer signal and aborts the work', async () => {
    const outer = new AbortController();
    const reason = new Error('stopped');
    let inner: AbortSignal | undefined;
    const run = withLimit(
      (signal) => {
        inner = signal;
        return never;
      },
      10_000,
      late,
      outer.signal,
    );
    outer.abort(reason);
    expect(await rejectionOf(run)).to.equal(reason);
    expect(inner?.reason).to.equal(reason);
  });

  it('does not begin under a signal that is aborted already', async () => {
    const begun: string[] = [];
    const run = withLimit(() => begun.push('x'), 10_000, late, AbortSignal.abort('gone'));
    expect(await rejectionOf(run)).to.equal('gone');
    expect(begun).to.deep.equal([]);
  });

  it('ignores work that fails after the limit', async () => {
    const work = async (signal: AbortSignal): Promise<void> => {
      await rejectionOf(sleep(10_000, { signal }));
      throw new Error('nobody hears this');
    };
    expect(await rejectionOf(withLimit(work, 1, late)))
      .to.be.an('error')
      .with.property('message', 'too late');
    await sleep(1);
  });

  it('knows an endless limit', async () => {
    expect(await withLimit(() => sleep(1).then(() => 'done'), Number.POSITIVE_INFINITY, late)).to.equal(
      'done',
    );
  });
});

describe('base/sleep', () => {
  it('ends early with the reason of its signal', async () => {
    const controller = new AbortController();
    const nap = sleep(60_000, { signal: controller.signal });
    controller.abort('wake up');
    expect(await rejectionOf(nap)).to.equal('wake up');
    expect(await rejectionOf(sleep(60_000, { signal: controller.signal }))).to.equal('wake up');
  });
});

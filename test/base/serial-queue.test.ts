import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { sleep } from 'stave/base/limit.js';
import { SerialQueue } from 'stave/base/serial-queue.js';

describe('base/SerialQueue', () => {
  it('runs one job after the other, in the order in which they came', async () => {
    const queue = new SerialQueue();
    const log: string[] = [];
    const job = (name: string, pause: number) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await sleep(pause);
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      queue.run(job('a', 5)),
      queue.run(job('b', 0)),
      queue.run(job('c', 1)),
    ]);
    expect(results).to.deep.equal(['a', 'b', 'c']);
    expect(log).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('goes on after a job that fails', async () => {
    const queue = new SerialQueue();
    const failing = queue.run(() => {
      throw new Error('broken');
    });
    const next = queue.run(() => 'next');
    expect(await failing.catch((error: Error) => error.message)).to.equal('broken');
    expect(await next).to.equal('next');
  });

  it('passes over a job that is aborted before its turn, and tells at once', async () => {
    const queue = new SerialQueue();
    const gate = withResolvers();
    const controller = new AbortController();
    const first = queue.run(() => gate.promise);
    const ran: string[] = [];
    const second = queue.run(() => ran.push('second'), { signal: controller.signal });
    controller.abort('no longer wanted');
    expect(await second.catch((reason: unknown) => reason)).to.equal('no longer wanted');
    gate.resolve(undefined);
    await first;
    await queue.idle();
    expect(ran).to.deep.equal([]);
    expect(queue.size).to.equal(0);
  });

  it('is idle only when the jobs that came meanwhile are done too', async () => {
    const queue = new SerialQueue();
    let done = 0;
    void queue.run(async () => {
      await sleep(1);
      void queue.run(async () => {
        await sleep(1);
        done += 1;
      });
      done += 1;
    });
    await queue.idle();
    expect(done).to.equal(2);
  });

  it('runs a job in the asynchronous context of its caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    const queue = new SerialQueue();
    const seen = await Promise.all(
      ['a', 'b'].map((name) => storage.run(name, () => queue.run(() => storage.getStore()))),
    );
    expect(seen).to.deep.equal(['a', 'b']);
  });
});

function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

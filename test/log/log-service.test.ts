import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogRecord, StaveError } from '@stave/api';
import { expect } from 'chai';
import { LogService } from 'stave/log/log-service.js';
import { poll } from '../support/poll.js';
import { withTemporaryFolder } from '../support/temporary.js';

const messages = (records: readonly LogRecord[]): string[] => records.map(({ message }) => message);

interface Line {
  readonly time: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly details?: unknown;
}

function linesOf(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** Runs the body with a log that writes into a fresh folder, and closes it. */
async function withLog(
  body: (log: LogService, file: string) => Promise<void>,
  options: Partial<ConstructorParameters<typeof LogService>[0]> = {},
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, 'data', 'log', 'stave.log');
    const log = new LogService({ file, ...options });
    try {
      await body(log, file);
    } finally {
      await log.close();
    }
  });
}

describe('log: levels', () => {
  it('writes info and above by default', () => {
    const log = new LogService();
    const logger = log.logger('config');
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) logger[level](level);
    expect(log.recent().map(({ level, logger: name, message }) => [level, name, message])).to.deep.equal([
      ['info', 'config', 'info'],
      ['warn', 'config', 'warn'],
      ['error', 'config', 'error'],
    ]);
  });

  it('inherits a level along the dots of the name, and follows a change at once', () => {
    const log = new LogService();
    const logger = log.logger('a.b.c');
    log.configure({ level: 'warn', 'level.a': 'debug', 'level.a.b.c.d': 'trace', 'level.@acme/x': 'error' });
    expect(
      ['a.b.c', 'a', 'ab', 'a.b.c.d.e', '@acme/x', undefined].map((name) => log.level(name)),
    ).to.deep.equal(['debug', 'debug', 'warn', 'trace', 'error', 'warn']);
    logger.debug('heard');
    log.configure({ level: 'warn' });
    logger.debug('not heard');
    expect(messages(log.recent())).to.deep.equal(['heard']);
    expect(log.levels()).to.deep.equal({ ROOT: 'warn' });
  });

  it('lists the levels that are set, the root first', () => {
    const log = new LogService();
    log.configure({ 'level.b': 'DEBUG', 'level.a': ' trace ' });
    expect(Object.entries(log.levels())).to.deep.equal([
      ['ROOT', 'info'],
      ['a', 'trace'],
      ['b', 'debug'],
    ]);
  });

  for (const [name, value] of [
    ['level', 'loud'],
    ['level.a', ''],
    ['file.size', '10 apples'],
    ['file.size', '0'],
    ['file.count', '0'],
    ['file.count', '1.5'],
    ['ring', ''],
    ['ring', -1],
  ] as const) {
    it(`refuses ${name} = ${JSON.stringify(value)}, and keeps what was in force`, () => {
      const log = new LogService();
      log.configure({ level: 'debug' });
      expect(() => log.configure({ level: 'error', [name]: value }))
        .to.throw(StaveError, name)
        .with.property('code', 'STAVE_CONFIG_REFUSED');
      expect(log.level()).to.equal('debug');
    });
  }
});

describe('log: records', () => {
  it('keeps the newest records in a ring that can be made smaller and larger', () => {
    const log = new LogService();
    const logger = log.logger('x');
    log.configure({ ring: '5' });
    for (let n = 0; n < 12; n += 1) logger.info(String(n));
    expect(messages(log.recent())).to.deep.equal(['7', '8', '9', '10', '11']);
    expect(messages(log.recent(2))).to.deep.equal(['10', '11']);
    expect(log.recent(0)).to.deep.equal([]);
    log.configure({ ring: 3 });
    logger.info('12');
    expect(messages(log.recent())).to.deep.equal(['10', '11', '12']);
    log.configure({ ring: 4 });
    logger.info('13');
    expect(messages(log.recent())).to.deep.equal(['10', '11', '12', '13']);
    log.configure({ ring: 0 });
    logger.info('14');
    expect(log.recent()).to.deep.equal([]);
  });

  it('tells listeners and the echo, whatever they throw', () => {
    const told: string[] = [];
    const log = new LogService({
      echo: ({ message }) => {
        told.push(`echo ${message}`);
        throw new Error('closed');
      },
    });
    const logger = log.logger('x');
    log.onDidWrite(() => {
      throw new Error('bad listener');
    });
    const subscription = log.onDidWrite(({ message }) => told.push(`listener ${message}`));
    logger.info('a');
    expect(told).to.include.members(['echo a', 'listener a']);
    expect(messages(log.recent())).to.deep.equal(['a', 'a listener to the log failed']);
    subscription.dispose();
  });

  it('does not go in circles with a listener that writes', () => {
    const log = new LogService();
    const logger = log.logger('x');
    log.onDidWrite(({ message }) => logger.info(`about ${message}`));
    logger.info('a');
    logger.info('b');
    expect(messages(log.recent())).to.deep.equal(['a', 'about a', 'b', 'about b']);
  });

  it('keeps errors with stack, code and causes', () => {
    const log = new LogService();
    const cause = new TypeError('no clock');
    const error = new StaveError('STAVE_START_FAILED', 'it does not start', { where: 'greeter', cause });
    log.logger('x').error('failed', error);
    const details = log.recent()[0]?.details as Record<string, unknown>;
    expect(details).to.include({ name: 'StaveError', code: 'STAVE_START_FAILED', where: 'greeter' });
    expect(details.stack).to.contain('log-service.test');
    expect(details.cause).to.include({ name: 'TypeError', message: 'no clock' });
  });

  it('writes any details as plain data: circles, what cannot be read, large things', () => {
    const log = new LogService();
    const circle: Record<string, unknown> = { n: 1n, when: new Date(0), f: () => 1, not: Number.NaN };
    circle.self = circle;
    circle.map = new Map([['k', new Set([1])]]);
    Object.defineProperty(circle, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const shared = { x: 1 };
    circle.twice = [shared, shared];
    let deep: object = {};
    for (let n = 0; n < 10_000; n += 1) deep = { deep };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const logger = log.logger('x');
    logger.info('circle', circle);
    logger.info('deep', deep);
    logger.info('long', 'x'.repeat(1_000_000));
    logger.info(
      'wide',
      Array.from({ length: 100_000 }, () => ({ text: 'y'.repeat(1000) })),
    );
    logger.info('revoked', revoked.proxy);
    const [first, ...others] = log.recent();
    expect(first?.details).to.deep.equal({
      n: '1',
      when: '1970-01-01T00:00:00.000Z',
      f: '[function]',
      not: 'NaN',
      self: '[circular]',
      map: { k: [1] },
      broken: '[unreadable]',
      twice: [{ x: 1 }, { x: 1 }],
    });
    for (const { details } of others) expect(JSON.stringify(details).length).to.be.lessThan(50_000);
    expect(others.at(-1)?.details).to.equal('[unreadable]');
  });

  it('holds on to nothing that it was given', () => {
    const log = new LogService();
    const details = { state: 'before' };
    log.logger('x').info('a', details);
    details.state = 'after';
    expect(log.recent()[0]?.details).to.deep.equal({ state: 'before' });
  });
});

describe('log: file', () => {
  it('writes one line of JSON for each record', async () => {
    await withLog(async (log, file) => {
      const logger = log.logger('console');
      logger.info('first\nline', { n: 1 });
      logger.warn('grün');
      await log.flush();
      const lines = linesOf(file);
      expect(lines).to.have.length(2);
      expect(lines[0]).to.deep.include({
        level: 'info',
        logger: 'console',
        message: 'first\nline',
        details: { n: 1 },
      });
      expect(new Date(lines[0]!.time).getTime()).to.equal(log.recent()[0]?.time);
      expect(lines[1]?.message).to.equal('grün');
    });
  });

  it('appends to what is there, and writes on close what is queued', async () => {
    await withLog(async (log, file) => {
      log.logger('x').info('one');
      await log.close();
      const second = new LogService({ file });
      second.logger('x').info('two');
      await second.close();
      second.logger('x').info('late');
      expect(linesOf(file).map(({ message }) => message)).to.deep.equal(['one', 'two']);
      expect(messages(second.recent())).to.deep.equal(['two', 'late']);
    });
  });

  it('rotates by size, keeps so many files and no line twice or not at all among them', async () => {
    await withLog(async (log, file) => {
      log.configure({ 'file.size': '2 kB', 'file.count': '3' });
      const logger = log.logger('x');
      for (let n = 0; n < 100; n += 1) {
        logger.info(`record ${n}`);
        if (n % 7 === 0) await log.flush();
      }
      await log.flush();
      const names = readdirSync(join(file, '..')).sort();
      expect(names).to.deep.equal(['stave.log', 'stave.log.1', 'stave.log.2']);
      const kept = ['stave.log.2', 'stave.log.1', 'stave.log'].flatMap((name) => {
        const path = join(file, '..', name);
        expect(readFileSync(path).length).to.be.lessThanOrEqual(2000);
        return linesOf(path).map(({ message }) => message);
      });
      const first = 100 - kept.length;
      expect(kept).to.deep.equal(Array.from({ length: kept.length }, (_, n) => `record ${first + n}`));
      expect(kept.length).to.be.greaterThan(40);
    });
  });

  it('keeps a single file when that is asked for', async () => {
    await withLog(async (log, file) => {
      log.configure({ 'file.size': 1000, 'file.count': 1 });
      for (let n = 0; n < 50; n += 1) log.logger('x').info(`record ${n}`);
      await log.flush();
      expect(readdirSync(join(file, '..'))).to.deep.equal(['stave.log']);
      expect(linesOf(file).at(-1)?.message).to.equal('record 49');
    });
  });

  it('writes at once what is queued when the process is about to die, before the file was ever opened too', async () => {
    await withLog(async (log, file) => {
      log.logger('x').error('last words');
      log.flushSync();
      expect(linesOf(file).map(({ message }) => message)).to.deep.equal(['last words']);
      await log.flush();
      expect(linesOf(file)).to.have.length(1);
    });
  });

  it('makes the file again when somebody removes it', async () => {
    await withLog(async (log, file) => {
      const logger = log.logger('x');
      logger.info('before');
      await log.flush();
      rmSync(file);
      await poll(async () => {
        logger.info('after');
        await log.flush();
        return existsSync(file);
      });
      expect(linesOf(file)[0]?.message).to.equal('after');
    });
  });

  it('throws nothing at its caller while the disk is full, and says afterwards how much was lost', async () => {
    let full = true;
    const diskFull = (): Error => Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    const fs = {
      rename,
      open: (async (...parameters: Parameters<typeof open>) => {
        const handle = await open(...parameters);
        const write = handle.write.bind(handle);
        handle.write = (async (bytes: Buffer, offset: number) => {
          if (!full) return write(bytes, offset);
          await write(bytes, offset, 10);
          throw diskFull();
        }) as unknown as typeof handle.write;
        return handle;
      }) as typeof open,
    };
    await withLog(
      async (log, file) => {
        const logger = log.logger('x');
        for (const message of ['a', 'b', 'c']) {
          logger.info(message);
          await log.flush();
        }
        expect(messages(log.recent())).to.deep.equal(['a', `${file} cannot be written`, 'b', 'c']);
        full = false;
        logger.info('d');
        await log.flush();
        const whole = readFileSync(file, 'utf8')
          .split('\n')
          .flatMap((line) => {
            try {
              return [(JSON.parse(line) as Line).message];
            } catch {
              return [];
            }
          });
        expect(whole).to.deep.equal(['3 lines were lost before this one', 'd']);
      },
      { fs },
    );
  });

  it('drops what comes faster than the disk takes it, instead of filling the memory', async () => {
    await withLog(async (log, file) => {
      log.configure({ 'file.size': '100 MB' });
      const logger = log.logger('x');
      const text = 'z'.repeat(20_000);
      for (let n = 0; n < 400; n += 1) logger.info(text);
      logger.info('small');
      await log.flush();
      logger.info('end');
      await log.flush();
      const lines = linesOf(file);
      expect(lines.length).to.be.lessThan(300);
      const lost = lines.filter(({ message }) => message.includes('lines were lost'));
      expect(lost.length).to.be.greaterThan(0);
      expect(lines.at(-1)?.message).to.equal('end');
    });
  });

  it('goes on without a file when its folder cannot be made', async () => {
    const log = new LogService({ file: '/dev/null/log/stave.log' });
    log.logger('x').info('a');
    await log.flush();
    log.flushSync();
    expect(messages(log.recent())[1]).to.contain('cannot be written');
    await log.close();
  });
});

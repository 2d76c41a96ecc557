import { expect } from 'chai';
import { toJsonLine, toTextLine } from 'stave/log/format-record.js';

describe('log: lines', () => {
  const record = { time: 0, level: 'warn', logger: 'a.b', message: 'careful' } as const;

  it('shows a record to programs as one line of JSON', () => {
    expect(toJsonLine({ ...record, message: 'two\nlines', details: { n: 1 } })).to.equal(
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","logger":"a.b","message":"two\\nlines","details":{"n":1}}\n',
    );
  });

  it('shows a record to people, with the stack of an error below', () => {
    expect(toTextLine(record)).to.equal('1970-01-01 00:00:00.000 WARN  a.b: careful\n');
    expect(toTextLine({ ...record, details: { n: 1 } })).to.equal(
      '1970-01-01 00:00:00.000 WARN  a.b: careful {"n":1}\n',
    );
    expect(toTextLine({ ...record, details: { stack: 'Error: x\n    at y' } })).to.equal(
      '1970-01-01 00:00:00.000 WARN  a.b: careful\nError: x\n    at y\n',
    );
  });
});

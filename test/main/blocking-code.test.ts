import { expect } from 'chai';
import { blockingCode, type CallFrame, type FindBundle } from 'stave/main/blocking-code.js';

function frame(file: string, line: number, name = ''): CallFrame {
  return { name, file, line, column: 3 };
}

/** Files named `acme-NAME.js` belong to the bundle of that name. */
const findBundle: FindBundle = (file, line, column) => {
  const [, name] = /^acme-(\w+)\.js$/.exec(file) ?? [];
  return name === undefined
    ? undefined
    : { bundle: `@acme/${name} 1.0.0`, place: `${name}.ts:${line}:${column}` };
};

describe('The code that blocks the loop', () => {
  it('is the innermost call of a bundle, not what it has called of Node', () => {
    const frames = [frame('node:fs', 1), frame('acme-evil.js', 12), frame('acme-evil.js', 40)];
    expect(blockingCode(frames, findBundle)).to.deep.equal({
      text: 'by @acme/evil 1.0.0 (evil.ts:12:3)',
      bundles: [{ bundle: '@acme/evil 1.0.0', place: 'evil.ts:12:3' }],
    });
  });

  it('is told with the bundles that called it, each once, since the loop may be theirs', () => {
    const frames = [
      frame('acme-clock.js', 1),
      frame('acme-clock.js', 2),
      frame('/runtime/main.js', 3),
      frame('acme-evil.js', 4),
      frame('acme-clock.js', 5),
    ];
    expect(blockingCode(frames, findBundle).text).to.equal(
      'by @acme/clock 1.0.0 (clock.ts:1:3), called by @acme/evil 1.0.0 (evil.ts:4:3)',
    );
  });

  it('of no bundle is told by its function and file', () => {
    const frames = [frame('/runtime/main.js', 7, 'flush'), frame('node:internal/timers', 9)];
    expect(blockingCode(frames, findBundle)).to.deep.equal({
      text: 'in flush (/runtime/main.js:7:3)',
      bundles: [],
    });
    expect(blockingCode([frame('/runtime/main.js', 7)], findBundle).text).to.equal('in /runtime/main.js:7:3');
    expect(blockingCode([], findBundle).text).to.equal('in code without a name');
  });
});

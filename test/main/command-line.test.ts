import { expect } from 'chai';
import { expectOnly, homeOf, parseCommandLine } from 'stave/main/command-line.js';

describe('main/parseCommandLine', () => {
  it('takes words, values in both forms, and switches apart', () => {
    expect(parseCommandLine(['a', '--home', '/x', '--name=n', '--clean', 'b'])).to.deep.equal({
      words: ['a', 'b'],
      options: { home: '/x', name: 'n', clean: true },
    });
  });

  it('keeps what follows the first = of a value', () => {
    expect(parseCommandLine(['--home=/a=b']).options).to.deep.equal({ home: '/a=b' });
  });

  it('refuses an option without its value', () => {
    expect(() => parseCommandLine(['--home']))
      .to.throw('--home needs a value')
      .with.property('code', 'STAVE_COMMAND_USAGE');
  });

  it('refuses words and options that a command does not know', () => {
    expect(() => expectOnly(parseCommandLine(['a', 'b']), 1, [])).to.throw('"b"');
    expect(() => parseCommandLine(['--nmae'])).to.throw('there is no option --nmae here');
    expect(() => expectOnly(parseCommandLine(['--out', 'x']), 0, ['name'])).to.throw('--out');
  });

  it('takes the home from the option before the installation', () => {
    expect(homeOf(parseCommandLine(['--home', '/x']), '/installation')).to.equal('/x');
  });
});

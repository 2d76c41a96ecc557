import { StaveError } from '@stave/api';

/** Words and options of a call of `stave`. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | true>>;
}

/** Splits `--name value`, `--name=value` and switches from words; the others are options without a meaning anywhere. */
export function parseCommandLine(
  words: readonly string[],
  switches: readonly string[] = ['clean'],
  valued: readonly string[] = ['home', 'name', 'out'],
): CommandLine {
  const plain: string[] = [];
  const options: Record<string, string | true> = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('--')) {
      plain.push(word);
      continue;
    }
    const [name = '', value] = word.slice(2).split(/=(.*)/s, 2);
    if (switches.includes(name)) options[name] = true;
    else if (!valued.includes(name)) throw unknownOption(name);
    else {
      const taken = value ?? rest.shift();
      if (taken === undefined) {
        throw new StaveError('STAVE_COMMAND_USAGE', `--${name} needs a value`, { remedy: 'see stave help' });
      }
      options[name] = taken;
    }
  }
  return { words: plain, options };
}

/** Throws for words and options that a command does not know. */
export function expectOnly(line: CommandLine, maxWords: number, known: readonly string[]): void {
  const extra = line.words[maxWords];
  if (extra !== undefined) {
    throw new StaveError('STAVE_COMMAND_USAGE', `"${extra}" is one word too many`, {
      remedy: 'see stave help',
    });
  }
  const unknown = Object.keys(line.options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownOption(unknown);
}

function unknownOption(name: string): StaveError {
  return new StaveError('STAVE_COMMAND_USAGE', `there is no option --${name} here`, {
    remedy: 'see stave help',
  });
}

/** The home that a call is about: `--home`, else `STAVE_HOME`, else the installation. */
export function homeOf(line: CommandLine, installation: string): string {
  const { home } = line.options;
  return typeof home === 'string' ? home : (process.env.STAVE_HOME ?? installation);
}

const PLAIN = /^[A-Za-z0-9_@%+:,./~^*[\]{}?!-][A-Za-z0-9_@%+=:,./~^*#[\]{}?!-]*$/;

/** A word written so that the language reads exactly this text. */
export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What arguments of a program mean: with a blank in one of them each is a line, else all are the words of one line. */
export function linesOf(words: readonly string[]): readonly string[] {
  if (words.length === 0) return [];
  return words.some((word) => /\s/.test(word)) ? words : [words.map(quoteWord).join(' ')];
}

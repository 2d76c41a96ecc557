/** A word as it is named in a message: never empty, never long. */
export function shown(word: string): string {
  if (word === '') return "''";
  return word.length > 80 ? `${word.slice(0, 80)}…` : word;
}

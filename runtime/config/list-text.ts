/** Splits the text of a list at commas outside double quotes, trims the elements and takes their quotes away. */
export function splitList(text: string): string[] {
  const elements: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if ((char === ',' && !quoted) || at === text.length) {
      elements.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  // An open quote swallows the end of the text.
  if (start <= text.length && quoted) elements.push(text.slice(start).trim());
  return elements.filter((element) => element !== '').map(unquote);
}

function unquote(element: string): string {
  if (!/^"(?:[^"\\]|\\[\s\S])*"$/.test(element)) return element;
  return element.slice(1, -1).replace(/\\([\s\S])/g, '$1');
}

/** The text of a list that `splitList` reads back. */
export function joinList(elements: readonly string[]): string {
  return elements
    .map((element) =>
      element === '' || element !== element.trim() || /[",]/.test(element)
        ? `"${element.replace(/["\\]/g, '\\$&')}"`
        : element,
    )
    .join(', ');
}

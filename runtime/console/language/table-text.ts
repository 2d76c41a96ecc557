import type { JsonValue, Table } from '@stave/api';

const GAP = '  ';
/** No column is made narrower than this. */
const LEAST = 6;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const ZERO = /\p{Mn}|\p{Me}|\p{Cf}/u;
const ASCII = /^[\u0020-\u007e]*$/;

/**
 * A table as aligned columns.
 *
 * @param columns width of the terminal: longer texts are cut with `…`. Undefined: nothing is cut.
 */
export function tableText(table: Table, columns?: number): string {
  if (table.rows.length === 0 && table.empty !== undefined) return `${table.empty}\n`;
  const rows = table.rows.map((row) => table.columns.map((_, at) => cellText(row[at] ?? null)));
  const natural = table.columns.map((name, at) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[at]!)), textWidth(name)),
  );
  const widths = columns === undefined ? natural : shrink(natural, columns);
  const right = table.columns.map(
    (_, at) => table.rows.length > 0 && table.rows.every((row) => typeof row[at] === 'number'),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => fit(cell, widths[at]!, right[at]!))
      .join(GAP)
      .trimEnd();
  return `${[line(table.columns), ...rows.map(line)].join('\n')}\n`;
}

/** A value in a cell: one line, no control characters. */
export function cellText(value: JsonValue): string {
  if (value === null || value === false) return '';
  if (value === true) return 'yes';
  if (typeof value !== 'object') return String(value).replace(CONTROLS, ' ').trim();
  if (Array.isArray(value)) return value.map(cellText).join(', ');
  return Object.entries(value)
    .map(([name, inner]) => `${cellText(name)}=${cellText(inner)}`)
    .join(', ');
}

/** Takes width from the widest columns until the line fits. */
function shrink(natural: readonly number[], columns: number): readonly number[] {
  const widths = [...natural];
  const gaps = GAP.length * (widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - columns;
  while (excess > 0) {
    const widest = Math.max(...widths);
    const at = widths.indexOf(widest);
    const second = Math.max(LEAST, ...widths.filter((width) => width < widest));
    const less = Math.min(excess, widest - Math.max(LEAST, Math.min(second, widest - 1)));
    if (less <= 0) break;
    widths[at] = widest - less;
    excess -= less;
  }
  return widths;
}

function fit(text: string, width: number, right: boolean): string {
  const length = textWidth(text);
  if (length > width) return cut(text, width);
  const padding = ' '.repeat(width - length);
  return right ? padding + text : text + padding;
}

function cut(text: string, width: number): string {
  let kept = '';
  let used = 0;
  for (const character of text) {
    const next = characterWidth(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - used - 1))}`;
}

/** Cells of a terminal that a text takes. */
function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (character <= '\u02ff') return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

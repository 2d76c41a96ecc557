import type { JsonValue, Table } from '@stave/api';

/** A table as an array of objects whose fields are the column names in camelCase. */
export function tableJson(table: Table): string {
  const fields = table.columns.map(camelCase);
  const objects = table.rows.map((row) => {
    const entries = fields.map((field, at): [string, JsonValue] => [field, row[at] ?? null]);
    return Object.fromEntries(entries);
  });
  return `${JSON.stringify(objects, undefined, 2)}\n`;
}

/** `Start Level` → `startLevel`, `ID` → `id`. */
export function camelCase(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return words
    .map((word) => word.toLowerCase())
    .map((word, at) => (at === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
}

// Makes docs/errors.md from the table of codes. With --check it only says whether the page is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES } from '@stave/api';

const page = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

/** The page for a table of codes and remedies. */
export function errorPage(codes) {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, remedy]) => `| \`${code}\` | ${remedy.replaceAll('|', '\\|')} |`);
  return `# Error codes

<!-- Made by scripts/error-table.mjs from runtime/api/error-codes.ts. Edit that, not this. -->

An error reads \`CODE: what it is about: what is wrong; what to do\`. Codes are never renamed, so that scripts can rely on them.
The remedy below is the usual one; a message may know a better one.

| code | what to do |
|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = errorPage(ERROR_CODES);
  if (!process.argv.includes('--check')) writeFileSync(page, wanted);
  else if (readFileSync(page, 'utf8') !== wanted) {
    console.error('docs/errors.md is not up to date; run node scripts/error-table.mjs');
    process.exitCode = 1;
  }
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { withTemporaryFolder } from '../support/temporary.js';

function check(folder?: string): { status: number | null; text: string } {
  const result = spawnSync(process.execPath, ['scripts/layers.mjs', ...(folder ? [folder] : [])], {
    encoding: 'utf8',
  });
  return { status: result.status, text: `${result.stdout}${result.stderr}` };
}

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

describe('house/layers', () => {
  it('has no wrong arrow and no circle in the runtime', () => {
    expect(check()).to.deep.equal({ status: 0, text: 'layers: every arrow is allowed, no circle\n' });
  });

  it('refuses an arrow that the house does not allow, also one of types only', () =>
    withTemporaryFolder((folder) => {
      write(folder, {
        'console/a.ts': "import type { X } from '../framework/x.js';\n",
        'framework/x.ts': 'export type X = 1;\n',
      });
      const { status, text } = check(folder);
      expect(status).to.equal(1);
      expect(text).to.include('console/a.ts: console may not know framework (../framework/x.js)');
    }));

  it('refuses a circle of files', () =>
    withTemporaryFolder((folder) => {
      write(folder, {
        'base/a.ts': "import { b } from './b.js';\nexport const a = b;\n",
        'base/b.ts': "import { a } from './a.js';\nexport const b = a;\n",
      });
      expect(check(folder).text).to.include('circle: base/a.ts -> base/b.ts -> base/a.ts');
    }));

  it('refuses a room that the house does not have', () =>
    withTemporaryFolder((folder) => {
      write(folder, { 'attic/a.ts': 'export const a = 1;\n' });
      expect(check(folder).text).to.include('the house has no room attic');
    }));
});

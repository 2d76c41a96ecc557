import { expect } from 'chai';
import { withModules } from './module-harness.js';

/** Where a function of a bundle runs, as a stack would say it without source maps. */
function whereItRuns(run: () => NodeJS.CallSite): readonly [string, number, number] {
  const site = run();
  return [site.getFileName()!, site.getLineNumber()!, site.getColumnNumber()!];
}

const SITE = `function site(): any {
  const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = (_error, frames) => frames[0];
  try {
    return new Error().stack;
  } finally {
    Error.prepareStackTrace = prepare;
  }
}
`;

describe('The place of running code', () => {
  it('in a chunk is named by its bundle and source', () =>
    withModules(async (modules) => {
      const bundle = await modules.load(
        modules.input({
          'index.ts': "export { where } from './src/where.ts';",
          'src/where.ts': `interface Erased { a: 1 }\n${SITE}export const where = () => site();\n`,
        }),
      );
      const { where } = bundle.exportOf('@acme/bundle', '.') as { where: () => NodeJS.CallSite };
      expect(modules.loader.findPlace(...whereItRuns(where))).to.deep.equal({
        bundle: '@acme/bundle 1.0.0',
        place: 'src/where.ts:6:12',
      });
    }));

  it('in a module that is loaded file by file is named too, whether it was transformed or not', () =>
    withModules(async (modules) => {
      const plain = SITE.replace(': any', '');
      const bundle = await modules.load(
        modules.input(
          {
            'index.ts': `interface Erased { a: 1 }\n${SITE}export { where } from './plain.cjs';\nexport const typed = () => site();`,
            'plain.cjs': `${plain}exports.where = () => site();`,
          },
          { loading: 'files' },
        ),
      );
      const exports = bundle.exportOf('@acme/bundle', '.') as Record<string, () => NodeJS.CallSite>;
      const place = (name: string) => modules.loader.findPlace(...whereItRuns(exports[name]!));
      expect(place('typed')).to.deep.equal({ bundle: '@acme/bundle 1.0.0', place: 'index.ts:6:12' });
      expect(place('where')).to.deep.equal({ bundle: '@acme/bundle 1.0.0', place: 'plain.cjs:5:12' });
    }));

  it('that is in no bundle, or in one whose code was dropped, has no name', () =>
    withModules(async (modules) => {
      const input = modules.input({ 'index.ts': `${SITE}export const where = () => site();` });
      const bundle = await modules.load(input);
      const { where } = bundle.exportOf('@acme/bundle', '.') as { where: () => NodeJS.CallSite };
      const site = whereItRuns(where);
      expect(modules.loader.findPlace(`${input.root}-beside/index.js`, 1, 1)).to.equal(undefined);
      expect(modules.loader.findPlace('node:fs', 1, 1)).to.equal(undefined);
      expect(modules.loader.findPlace(...site)).to.be.an('object');
      bundle.dispose();
      expect(modules.loader.findPlace(...site)).to.equal(undefined);
    }));
});

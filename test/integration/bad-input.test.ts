import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '@stave/api';
import { expect } from 'chai';
import { craftTar } from '../artifacts/support.js';
import { NodeProcess, withNode } from '../support/node-process.js';
import { poll } from '../support/poll.js';
import { type BundleParts, below, bundleFiles, bundleManifest } from '../support/sample-bundles.js';
import { withTemporaryFolder } from '../support/temporary.js';

/** Small, so that a test may pass them. */
const LIMITS = `evaluation.timeout = 300
start.timeout = 600
unpacked.size = 200000
unpacked.files = 100
`;
const EMPTY = 'export default { start() {} };\n';
const PACKAGE = { path: 'package/package.json', content: bundleManifest('bad') };
const SOURCE = { path: 'package/src/activator.ts', content: EMPTY };

type BadFiles = Readonly<Record<string, string | Buffer>>;

interface BadInput {
  readonly what: string;
  readonly code: ErrorCode;
  /** Files below the working directory of the client. */
  readonly files?: BadFiles;
  /** Done before, and undone by the second. */
  readonly around?: readonly [before: string, after: string];
  readonly command: string;
  /** What the error must name beside its code. */
  readonly names: readonly string[];
  readonly status?: number;
}

const INSTALL = 'bundle:install ./bad';

function bundle(activator: string, parts?: BundleParts): BadFiles {
  return below('bad', bundleFiles('bad', activator, parts));
}

function archive(...entries: Parameters<typeof craftTar>[0]): Readonly<Record<'bad.tgz', Buffer>> {
  return { 'bad.tgz': gzipSync(craftTar([PACKAGE, SOURCE, ...entries])) };
}

function descriptor(content: unknown): BadFiles {
  return { 'bad.json': typeof content === 'string' ? content : JSON.stringify(content) };
}

const BAD_BUNDLES: readonly BadInput[] = [
  {
    what: 'a manifest with a wrong field',
    code: 'STAVE_MANIFEST_INVALID',
    files: bundle(EMPTY, { stave: { activator: './src/activator.ts', startLevel: 'high' } }),
    command: INSTALL,
    names: ['/bad/package.json', 'startLevel'],
  },
  {
    what: 'a manifest that is not JSON',
    code: 'STAVE_MANIFEST_INVALID',
    files: { 'bad/package.json': '{ "name": ' },
    command: INSTALL,
    names: ['/bad/package.json'],
  },
  {
    what: 'a folder without a manifest',
    code: 'STAVE_MANIFEST_MISSING',
    files: { 'bad/readme.txt': 'nothing' },
    command: INSTALL,
    names: ['/bad'],
  },
  {
    what: 'an undeclared import',
    code: 'STAVE_IMPORT_UNDECLARED',
    files: bundle(`import left from 'left-pad';\nexport default { start() { left(); } };\n`),
    command: INSTALL,
    names: ['left-pad', 'src/activator.ts:1', 'dependencies'],
  },
  {
    what: 'a source that does not compile',
    code: 'STAVE_COMPILE_FAILED',
    files: bundle('export default {\n  start() { const = 1; },\n};\n'),
    command: INSTALL,
    names: ['src/activator.ts:2'],
  },
  {
    what: 'top-level await',
    code: 'STAVE_TOP_LEVEL_AWAIT',
    files: bundle(`await Promise.resolve();\n${EMPTY}`),
    command: INSTALL,
    names: ['src/activator.ts'],
  },
  {
    what: 'code that throws while it is loaded',
    code: 'STAVE_EVALUATION_FAILED',
    files: bundle(`throw new Error('not today');\n`),
    command: INSTALL,
    names: ['bad', 'not today'],
  },
  {
    what: 'code that loops for ever while it is loaded',
    code: 'STAVE_EVALUATION_TIMEOUT',
    files: bundle(`for (;;);\n`),
    command: INSTALL,
    names: ['bad', 'evaluation.timeout'],
  },
  {
    what: 'an activator that throws',
    code: 'STAVE_START_FAILED',
    files: bundle(`export default { start() { throw new Error('not today'); } };\n`),
    command: INSTALL,
    names: ['bad', 'not today'],
  },
  {
    what: 'an activator that rejects',
    code: 'STAVE_START_FAILED',
    files: bundle(`export default { async start() { await null; throw new Error('not today'); } };\n`),
    command: INSTALL,
    names: ['bad', 'not today'],
  },
  {
    what: 'an activator that never ends',
    code: 'STAVE_START_TIMEOUT',
    files: bundle('export default { start() { return new Promise(() => {}); } };\n'),
    command: INSTALL,
    names: ['bad', 'start.timeout'],
  },
  {
    what: 'an activator that loops for ever before its first await',
    code: 'STAVE_EVALUATION_TIMEOUT',
    files: bundle('export default { async start() { for (;;); } };\n'),
    command: INSTALL,
    names: ['bad', 'evaluation.timeout'],
  },
  {
    what: 'an import that nobody exports',
    code: 'STAVE_RESOLVE_FAILED',
    files: bundle(EMPTY, { stave: { activator: './src/activator.ts', imports: { '@acme/nowhere': '^7' } } }),
    command: INSTALL,
    names: ['bad', '@acme/nowhere', '^7'],
  },
];

const BAD_ARCHIVES: readonly BadInput[] = [
  {
    what: 'a truncated archive',
    code: 'STAVE_ARCHIVE_INVALID',
    files: { 'bad.tgz': archive()['bad.tgz'].subarray(0, 150) },
    command: 'bundle:install bad.tgz',
    names: ['bad.tgz'],
  },
  {
    what: 'an archive with a path out of itself',
    code: 'STAVE_ARCHIVE_ESCAPE',
    files: archive({ path: 'package/../../evil.txt', content: 'evil' }),
    command: 'bundle:install bad.tgz',
    names: ['bad.tgz', 'evil.txt'],
  },
  {
    what: 'an archive with a link out of itself',
    code: 'STAVE_ARCHIVE_ESCAPE',
    files: archive({ path: 'package/evil', type: 'SymbolicLink', linkpath: '/etc/passwd' }),
    command: 'bundle:install bad.tgz',
    names: ['bad.tgz', 'evil'],
  },
  {
    what: 'an archive that unpacks to more than its limit',
    code: 'STAVE_LIMIT_EXCEEDED',
    files: archive({ path: 'package/big.txt', content: 'x'.repeat(300_000) }),
    command: 'bundle:install bad.tgz',
    names: ['bad.tgz', 'unpacked.size'],
  },
  {
    what: 'an archive of more files than its limit',
    code: 'STAVE_LIMIT_EXCEEDED',
    files: archive(...Array.from({ length: 120 }, (_, i) => ({ path: `package/${i}.txt`, content: '' }))),
    command: 'bundle:install bad.tgz',
    names: ['bad.tgz', 'unpacked.files'],
  },
];

const BAD_DESCRIPTORS: readonly BadInput[] = [
  {
    what: 'a descriptor that is not JSON',
    code: 'STAVE_DESCRIPTOR_INVALID',
    files: descriptor('{ "name": "bad", "features": [ }'),
    command: 'feature:repo-add bad.json',
    names: ['bad.json', 'line 1'],
  },
  {
    what: 'a descriptor that breaks the schema',
    code: 'STAVE_DESCRIPTOR_INVALID',
    files: descriptor({ name: 'bad', features: [{ name: 'bad', bundels: [] }] }),
    command: 'feature:repo-add bad.json',
    names: ['bad.json', 'bundels'],
  },
  {
    what: 'a descriptor that is not there',
    code: 'STAVE_LOCATION_NOT_FOUND',
    command: 'feature:repo-add ./nothing.json',
    names: ['nothing.json'],
  },
  {
    what: 'a feature with a missing bundle',
    code: 'STAVE_LOCATION_NOT_FOUND',
    files: descriptor({
      name: 'bad',
      features: [{ name: 'bad', version: '1.0.0', bundles: ['./no-bundle'] }],
    }),
    around: ['feature:repo-add bad.json', 'feature:repo-remove bad'],
    command: 'feature:install bad',
    names: ['no-bundle'],
  },
  {
    what: 'a feature that leads out of the home with a file',
    code: 'STAVE_PATH_ESCAPE',
    files: {
      'evil.txt': 'evil',
      ...descriptor({
        name: 'bad',
        features: [
          {
            name: 'bad',
            version: '1.0.0',
            configFiles: [{ location: './evil.txt', finalName: '../evil.txt' }],
          },
        ],
      }),
    },
    around: ['feature:repo-add bad.json', 'feature:repo-remove bad'],
    command: 'feature:install bad',
    names: ['../evil.txt'],
  },
  {
    what: 'an unknown feature',
    code: 'STAVE_FEATURE_UNKNOWN',
    command: 'feature:install greter',
    names: ['greeter'],
  },
];

const BAD_PACKAGES: readonly BadInput[] = [
  {
    what: 'an npm package that does not exist',
    code: 'STAVE_NPM_NOT_FOUND',
    command: 'bundle:install npm:@stave/there-is-no-such-package',
    names: ['@stave/there-is-no-such-package'],
  },
  {
    what: 'an npm version that does not exist',
    code: 'STAVE_NPM_NOT_FOUND',
    command: 'bundle:install npm:is-odd@^99',
    names: ['is-odd', '99'],
  },
  {
    what: 'an npm location that is none',
    code: 'STAVE_LOCATION_INVALID',
    command: 'bundle:install npm:..',
    names: ['npm:..'],
  },
  {
    what: 'a location of an unknown scheme',
    code: 'STAVE_LOCATION_INVALID',
    command: 'bundle:install gopher:bundle',
    names: ['gopher:'],
  },
  {
    what: 'a relative path to nothing',
    code: 'STAVE_LOCATION_NOT_FOUND',
    command: 'bundle:install ../not/here',
    names: ['/not/here'],
  },
];

const BAD_COMMANDS: readonly BadInput[] = [
  {
    what: 'a value that the schema of its consumer refuses',
    code: 'STAVE_CONFIG_REFUSED',
    command: 'config:property-set --pid acme.greeter repeat often',
    names: ['acme.greeter', 'repeat'],
  },
  {
    what: 'a name that is no PID',
    code: 'STAVE_PID_INVALID',
    command: 'config:property-set --pid ../evil key value',
    names: ['../evil'],
  },
  {
    what: 'an unknown command',
    code: 'STAVE_COMMAND_UNKNOWN',
    command: 'bundle:lits',
    names: ['bundle:lits', 'bundle:list'],
    status: 2,
  },
  {
    what: 'an unknown option',
    code: 'STAVE_COMMAND_USAGE',
    command: 'bundle:list --colour',
    names: ['--colour'],
    status: 2,
  },
  {
    what: 'a missing argument',
    code: 'STAVE_COMMAND_USAGE',
    command: 'feature:install',
    names: ['feature:install'],
    status: 2,
  },
  {
    what: 'a quote that is not closed',
    code: 'STAVE_COMMAND_SYNTAX',
    command: 'echo "open',
    names: ['"'],
    status: 2,
  },
  { what: 'an unknown bundle', code: 'STAVE_BUNDLE_UNKNOWN', command: 'bundle:stop 4711', names: ['4711'] },
];

const DISPLAYS = ['bundle:list', 'feature:list -i', 'feature:repo-list', 'config:list'];

/** All that a gesture could have changed. */
async function everything(node: NodeProcess): Promise<unknown> {
  const etc = node.path('etc');
  return {
    displays: await node.run(...DISPLAYS.map((command) => `${command} --json`)),
    files: readdirSync(etc).map((name) => [name, readFileSync(join(etc, name), 'utf8')]),
    home: readdirSync(node.home),
  };
}

/** Such as `STAVE_CODE: what: sentence; remedy`. */
function expectRefusal(text: string, { code, names }: Pick<BadInput, 'code' | 'names'>): void {
  expect(text.startsWith(`${code}: `), text).to.equal(true);
  expect(text, 'the remedy').to.match(/; \S.*/s);
  for (const name of names) expect(text).to.contain(name);
}

describe('bad input', function () {
  this.timeout(120_000);
  let node: NodeProcess;

  before(async () => {
    node = await NodeProcess.start({ files: { 'etc/stave.limits.cfg': LIMITS } });
    await node.client('feature:repo-add stave:features/samples.json', 'feature:install greeter');
  });

  after(() => node[Symbol.asyncDispose]());

  const inputs = [...BAD_BUNDLES, ...BAD_ARCHIVES, ...BAD_DESCRIPTORS, ...BAD_PACKAGES, ...BAD_COMMANDS];
  for (const input of inputs) {
    it(`${input.what} is refused with ${input.code}, and changes nothing`, async () => {
      const cwd = node.path('work');
      mkdirSync(cwd);
      try {
        for (const [path, content] of Object.entries(input.files ?? {}))
          await node.write(`work/${path}`, content);
        if (input.around) expect((await node.clientIn(cwd, input.around[0])).stderr).to.equal('');
        const before = await everything(node);
        const { status, stderr } = await node.clientIn(cwd, input.command);
        expectRefusal(stderr, input);
        expect(status).to.equal(input.status ?? 1);
        expect(await everything(node)).to.deep.equal(before);
        if (input.around) await node.run(input.around[1]);
        expect(await node.run('greeter:greet', 'Ada')).to.equal('Hello, Ada!\n');
      } finally {
        rmSync(cwd, { recursive: true });
      }
    });
  }

  it('types are not checked at install', async () => {
    const source = `const wrong: number = 'text';\nexport default { start() { void wrong; } };\n`;
    await node.write('work/package.json', bundleManifest('wrong-types'));
    await node.write('work/src/activator.ts', source);
    try {
      await node.run(`bundle:install ${node.path('work')}`);
      await node.run('bundle:uninstall wrong-types');
    } finally {
      rmSync(node.path('work'), { recursive: true });
    }
  });

  interface DeployRow {
    readonly file: string;
    readonly state: string;
    readonly result: string;
  }

  async function outcome(file: string): Promise<DeployRow> {
    const found = await poll(
      async () =>
        (await node.list<DeployRow>('deploy:list')).find(
          (row) => row.file === file && row.state !== 'pending',
        ),
      { what: `an outcome of ${file}` },
    );
    return found!;
  }

  const DROPPED: readonly (Omit<BadInput, 'command'> & { readonly file: string })[] = [
    {
      what: 'a single file that does not compile',
      file: 'bad.ts',
      code: 'STAVE_COMPILE_FAILED',
      files: { 'bad.ts': 'const = 1;' },
      names: ['bad.ts'],
    },
    {
      what: 'an activator that throws',
      file: 'bad',
      code: 'STAVE_START_FAILED',
      files: bundle(`export default { start() { throw new Error('not today'); } };\n`),
      names: ['not today'],
    },
    {
      what: 'a truncated archive',
      file: 'bad.tgz',
      code: 'STAVE_ARCHIVE_INVALID',
      files: { 'bad.tgz': archive()['bad.tgz'].subarray(0, 150) },
      names: ['bad.tgz'],
    },
    {
      what: 'a descriptor that is not JSON',
      file: 'bad.json',
      code: 'STAVE_DESCRIPTOR_INVALID',
      files: descriptor('{'),
      names: ['bad.json'],
    },
    {
      what: 'a file of no known kind',
      file: 'bad.exe',
      code: 'STAVE_DEPLOY_UNSUPPORTED',
      files: { 'bad.exe': 'MZ' },
      names: ['bad.exe'],
    },
  ];
  for (const input of DROPPED) {
    it(`${input.what} in deploy/ fails with ${input.code}, and is forgotten with its file`, async () => {
      const before = await everything(node);
      try {
        for (const [path, content] of Object.entries(input.files ?? {}))
          await node.write(`deploy/${path}`, content);
        const row = await outcome(input.file);
        expect(row.state).to.equal('failed');
        expect(row.result).to.contain(input.code);
        for (const name of input.names) expect(`${row.file} ${row.result}`).to.contain(name);
        expect(await node.run('greeter:greet', 'Ada')).to.equal('Hello, Ada!\n');
      } finally {
        rmSync(node.path('deploy', input.file), { recursive: true, force: true });
      }
      await poll(async () => (await node.list('deploy:list')).length === 0, { what: 'an empty deploy:list' });
      expect(await everything(node)).to.deep.equal(before);
    });
  }

  it('a dropped bundle that failed runs once it is mended', async () => {
    try {
      await node.write('deploy/mended.ts', 'const = 1;');
      expect((await outcome('mended.ts')).state).to.equal('failed');
      await node.write('deploy/mended.ts', EMPTY);
      await poll(async () => (await outcome('mended.ts')).state === 'ok');
    } finally {
      rmSync(node.path('deploy/mended.ts'));
      await poll(async () => (await node.list('deploy:list')).length === 0);
    }
  });

  it('a cfg with variables in a circle leaves the last good values in force, told with file and reason', async () => {
    const file = node.path('etc/acme.greeter.cfg');
    const good = readFileSync(file, 'utf8');
    try {
      await node.write('etc/acme.greeter.cfg', 'greeting = ${' + 'a}\na = ${' + 'greeting}\n');
      const text = await poll(async () => {
        const status = await node.run('config:status --json');
        return status.includes('STAVE_CONFIG_RECURSIVE') ? status : undefined;
      });
      expect(text).to.contain('etc/acme.greeter.cfg');
      expect(await node.run('greeter:greet', 'Ada')).to.equal('Hello, Ada!\n');
    } finally {
      await node.write('etc/acme.greeter.cfg', good);
    }
    await poll(async () => (await node.run('config:status --json')).trim() === '[]');
  });

  it('a boot list with a wrong parenthesis leaves the present features in force', async () => {
    const file = node.path('etc/stave.features.cfg');
    const good = readFileSync(file, 'utf8');
    const before = await node.list('feature:list -i');
    try {
      await node.write(
        'etc/stave.features.cfg',
        'repositories = stave:features/standard.json\nboot = (standard\n\n',
      );
      await poll(async () => (await node.run('config:status --json')).includes('stave.features'));
      expect(await node.list('feature:list -i')).to.deep.equal(before);
    } finally {
      await node.write('etc/stave.features.cfg', good);
    }
    await poll(async () => (await node.run('config:status --json')).trim() === '[]');
  });
});

describe('without a network', function () {
  this.timeout(120_000);

  it('an npm package that is not in the store is refused; the error names stave pack', () =>
    withTemporaryFolder((cache) => {
      const env = {
        npm_config_registry: 'http://127.0.0.1:9/',
        npm_config_fetch_retries: '0',
        npm_config_cache: cache,
      };
      return withNode({ env }, async (node) => {
        const before = await everything(node);
        const { status, stderr } = await node.client('bundle:install npm:is-odd@^3');
        expectRefusal(stderr, { code: 'STAVE_NPM_OFFLINE', names: ['is-odd', 'stave pack'] });
        expect(status).to.equal(1);
        expect(await everything(node)).to.deep.equal(before);
      });
    }));
});

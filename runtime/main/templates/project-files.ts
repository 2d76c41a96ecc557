import type { ProjectNames } from './project-names.js';

/** Versions that the project's own check and test are written for; they are of no concern to the runtime. */
const TYPESCRIPT = '^7.0.2';
const NODE_TYPES = '^20.19.0';

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** package.json of a new bundle. */
export function packageJson({ name, pid }: ProjectNames, apiVersion: string): string {
  return json({
    name,
    version: '1.0.0',
    description: 'A bundle for Stave',
    private: true,
    type: 'module',
    engines: { stave: `^${apiVersion}` },
    scripts: { test: 'tsc && node --test out/test/*.test.js' },
    devDependencies: {
      '@stave/api': 'file:types/stave-api.tgz',
      '@types/node': NODE_TYPES,
      typescript: TYPESCRIPT,
    },
    stave: {
      components: './src/components.ts',
      config: { [pid]: './schema/greeting.json' },
    },
  });
}

/** tsconfig.json: for the editor, the type check and the test; the runtime compiles the sources itself. */
export function tsconfig(): string {
  return json({
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      moduleResolution: 'nodenext',
      types: ['node'],
      strict: true,
      isolatedModules: true,
      verbatimModuleSyntax: true,
      experimentalDecorators: true,
      skipLibCheck: true,
      rootDir: '.',
      outDir: 'out',
    },
    include: ['src', 'test'],
  });
}

export function gitignore(): string {
  return 'node_modules/\nout/\n*.tgz\n!types/*.tgz\n';
}

/** JSON schema of the bundle's configuration. */
export function configurationSchema(): string {
  return json({
    type: 'object',
    properties: {
      greeting: { type: 'string', minLength: 1, description: 'The word that comes first' },
    },
    additionalProperties: false,
  });
}

export function readme({ name, short, pid }: ProjectNames): string {
  return `# ${name}

A bundle for Stave: a component with a reference and a configuration, a console command, a test.

| file | what it is |
|---|---|
| \`package.json\` | under the key \`stave\`: where the components are, which configuration they take |
| \`src/greeting.ts\` | a contract: an interface, and the token under which it is registered and found |
| \`src/configured-greeting.ts\` | a component that provides the contract |
| \`src/greet-command.ts\` | a component that uses it: the console command \`${short}:greet\` |
| \`schema/greeting.json\` | what \`etc/${pid}.cfg\` may hold |
| \`test/greeting.test.ts\` | components are plain classes: a test makes them with \`new\` |

\`\`\`sh
npm install && npm test
\`\`\`

Run it: copy this folder into \`deploy/\` of a node, then

\`\`\`sh
stave client ${short}:greet Ada
stave client config:property-set --pid ${pid} greeting Welcome
\`\`\`

Copying it again updates it, deleting it there removes it. \`stave pack\` makes an archive of it for other machines.
`;
}

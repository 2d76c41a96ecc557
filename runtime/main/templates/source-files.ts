import type { ProjectNames } from './project-names.js';

/** The contract that the bundle's components share. */
export function contract({ pid }: ProjectNames): string {
  return `import { serviceToken } from '@stave/api';

export interface Greeting {
  greet(name: string): string;
}

/** The key under which the service is registered and found; the number is the contract's major version. */
export const Greeting = serviceToken<Greeting>('${pid}.Greeting', 1);
`;
}

/** The module that the manifest names. */
export function components(): string {
  return `// The runtime looks among these exports for components.
export { ConfiguredGreeting } from './configured-greeting.js';
export { GreetCommand } from './greet-command.js';
`;
}

/** The component with a reference and a configuration. */
export function configuredGreeting({ pid }: ProjectNames): string {
  return `import { activate, type ComponentContext, component, Home, modified, reference } from '@stave/api';
import { Greeting } from './greeting.js';

/** Greets in the name of the node, with the words of etc/${pid}.cfg. */
@component({ provides: [Greeting], configuration: '${pid}' })
export class ConfiguredGreeting implements Greeting {
  #greeting = 'Hello';
  readonly #home: Pick<Home, 'name'>;

  // Every service that a component needs is a reference: it is active while all of them are there.
  constructor(@reference(Home) home: Pick<Home, 'name'>) {
    this.#home = home;
  }

  /** Called at the start, and whenever the configuration changes. */
  @activate
  @modified
  configure({ properties }: Pick<ComponentContext, 'properties'>): void {
    this.#greeting = String(properties.greeting ?? 'Hello');
  }

  greet(name: string): string {
    return \`\${this.#greeting}, \${name}, from \${this.#home.name}!\`;
  }
}
`;
}

/** The console command. */
export function greetCommand({ short }: ProjectNames): string {
  return `import { Command, component, type Invocation, reference } from '@stave/api';
import { Greeting } from './greeting.js';

/** The console command \`${short}:greet\`. */
@component({ provides: [Command] })
export class GreetCommand implements Command {
  readonly scope = '${short}';
  readonly name = 'greet';
  readonly description = 'Greets somebody';
  readonly arguments = [{ name: 'name', description: 'whom to greet', optional: true }];
  readonly #greeting: Greeting;

  constructor(@reference(Greeting) greeting: Greeting) {
    this.#greeting = greeting;
  }

  execute(invocation: Pick<Invocation, 'arguments'>): string {
    return this.#greeting.greet(invocation.arguments.name?.toString() ?? 'world');
  }
}
`;
}

/** The test of both. */
export function test(): string {
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfiguredGreeting } from '../src/configured-greeting.js';
import { GreetCommand } from '../src/greet-command.js';

const home = { name: 'test' };

test('greets with the word of its configuration', () => {
  const greeting = new ConfiguredGreeting(home);
  greeting.configure({ properties: { greeting: 'Welcome' } });
  assert.equal(greeting.greet('Ada'), 'Welcome, Ada, from test!');
});

test('greets without a configuration', () => {
  const greeting = new ConfiguredGreeting(home);
  greeting.configure({ properties: {} });
  assert.equal(greeting.greet('Ada'), 'Hello, Ada, from test!');
});

test('the command greets the world when nobody is named', () => {
  const command = new GreetCommand({ greet: (name) => \`Hello, \${name}\` });
  assert.equal(command.execute({ arguments: {} }), 'Hello, world');
});
`;
}

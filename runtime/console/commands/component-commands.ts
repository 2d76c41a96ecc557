import {
  type Command,
  type ComponentInfo,
  type ComponentInstanceState,
  type Components,
  StaveError,
} from '@stave/api';
import { nearest } from '../../base/nearest.js';
import { argument } from './invocation.js';

/** The commands of the scope `component`. */
export function componentCommands(components: Components): readonly Command[] {
  return [list(components), info(components)];
}

/** Why instances of a component are not active, one line for each. */
export function instanceProblems({ instances }: ComponentInfo): readonly string[] {
  return instances.flatMap(({ pid, state }) => {
    const reason = reasonText(state);
    if (reason === '') return [];
    return [`${state.kind}${pid === undefined ? '' : ` (${pid})`}: ${reason}`];
  });
}

function reasonText(state: ComponentInstanceState): string {
  if (state.kind === 'waiting') return state.for.join(', ');
  return state.kind === 'failed' ? state.reason : '';
}

function list(components: Components): Command {
  return {
    scope: 'component',
    name: 'list',
    description: 'Show the components of the started bundles, and what they wait for',
    execute() {
      const rows = components
        .list()
        .flatMap((component) =>
          component.instances.map(({ pid, state }) => [
            component.bundle.id,
            component.bundle.name,
            component.name,
            state.kind,
            pid ?? null,
            reasonText(state),
          ]),
        );
      return {
        columns: ['ID', 'Bundle', 'Component', 'State', 'PID', 'Reason'],
        rows,
        empty: 'No components',
      };
    },
  };
}

function info(components: Components): Command {
  return {
    scope: 'component',
    name: 'info',
    description: 'Show what a component provides, needs and is bound to',
    arguments: [
      {
        name: 'component',
        description: 'Its name',
        complete: () => [...new Set(components.list().map(({ name }) => name))],
      },
    ],
    execute(invocation) {
      const name = argument(invocation, 'component');
      const all = components.list();
      const found = all.filter((component) => component.name === name);
      if (found.length === 0) throw unknownComponent(name, all);
      return found.map(infoText).join('\n');
    },
  };
}

function unknownComponent(name: string, all: readonly ComponentInfo[]): StaveError {
  const near = nearest(
    name,
    all.map((component) => component.name),
  );
  return new StaveError('STAVE_COMMAND_USAGE', `there is no component ${name}`, {
    remedy: near === undefined ? 'see component:list' : `did you mean ${near}? see component:list`,
  });
}

function infoText({ name, bundle, declaration, instances, references }: ComponentInfo): string {
  const lines = [
    `${name} of ${bundle.name} (${bundle.id})`,
    `  Provides: ${declaration.provides.map(({ key }) => key).join(', ') || 'nothing'}`,
    ...(declaration.configuration === undefined
      ? []
      : [`  Configuration: ${declaration.configuration} (${declaration.configurationPolicy})`]),
    ...(instances.length === 0 ? ['  No instances'] : ['  Instances']),
    ...instances.map(({ pid, state }) => {
      const reason = reasonText(state);
      return `    ${pid ?? name}: ${state.kind}${reason === '' ? '' : `, ${reason}`}`;
    }),
    ...(references.length === 0 ? [] : ['  References']),
    ...references.map(({ token, bound }) => {
      const declared = declaration.references.find((reference) => reference.token.key === token);
      const cardinality = declared ? ` ${declared.cardinality}, ${declared.policy}` : '';
      const services = bound.map(({ id, bundleName }) => `service ${id} of ${bundleName}`);
      return `    ${token}${cardinality}: ${services.join(', ') || 'unbound'}`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

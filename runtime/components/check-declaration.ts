import { type ComponentDeclaration, type ReferenceDeclaration, StaveError } from '@stave/api';
import { compileFilter } from '../base/filter.js';
import type { ComponentClass } from './parts.js';

/** Throws `STAVE_COMPONENT_INVALID` (or `STAVE_FILTER_INVALID`) naming what is wrong with a declaration. */
export function checkDeclaration(target: ComponentClass, declaration: ComponentDeclaration): void {
  const refuse = (sentence: string, remedy: string): never => {
    throw new StaveError('STAVE_COMPONENT_INVALID', sentence, {
      where: `component ${declaration.name}`,
      remedy,
    });
  };
  checkParameters(target, declaration, refuse);
  for (const reference of declaration.references) checkReference(reference, refuse);
  for (const role of ['activate', 'modified', 'deactivate'] as const) {
    const name = declaration[role];
    if (name !== undefined && typeof target.prototype[name] !== 'function') {
      refuse(`it has no method ${String(name)} to ${role}`, 'name a method of the class');
    }
  }
  if (declaration.configurationPolicy === 'require' && declaration.configuration === undefined) {
    refuse('it requires a configuration and names none', 'add configuration: a PID');
  }
}

type Refuse = (sentence: string, remedy: string) => never;

function checkParameters(target: ComponentClass, declaration: ComponentDeclaration, refuse: Refuse): void {
  const said = new Set<number>();
  const sites = declaration.references.flatMap(({ site }) => (site.kind === 'parameter' ? [site.index] : []));
  if (declaration.contextParameter !== undefined) sites.push(declaration.contextParameter);
  for (const index of sites) {
    if (said.has(index)) refuse(`constructor parameter ${index} is declared twice`, 'keep one declaration');
    said.add(index);
  }
  const count = Math.max(target.length, ...sites.map((index) => index + 1));
  for (let index = 0; index < count; index += 1) {
    if (!said.has(index)) {
      refuse(
        `constructor parameter ${index} is neither a reference nor the context`,
        'mark it with @reference(token) or @componentContext()',
      );
    }
  }
}

function checkReference(reference: ReferenceDeclaration, refuse: Refuse): void {
  const { site, policy, target } = reference;
  const key = reference.token?.key;
  if (typeof key !== 'string') refuse('a reference names no service token', 'give the token of a service');
  if (policy === 'dynamic' && site.kind === 'parameter') {
    refuse(
      `the dynamic reference to ${key} is a constructor parameter, which cannot be set anew`,
      'make it a field, or static',
    );
  }
  if (target !== undefined) compileFilter(target);
}

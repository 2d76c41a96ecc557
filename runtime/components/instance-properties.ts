import type { ComponentDeclaration, JsonObject, ServiceProperties } from '@stave/api';

/**
 * Properties of a component's service: the declared ones, those of the configuration save names that begin with a dot,
 * `component.name`, and `service.pid` with a configuration. Names are compared without case, the later wins.
 */
export function instanceProperties(
  declaration: ComponentDeclaration,
  pid: string | undefined,
  configuration: JsonObject | undefined,
): ServiceProperties {
  const merged = new Map<string, readonly [name: string, value: unknown]>();
  const add = (name: string, value: unknown): void => {
    const folded = name.toLowerCase();
    merged.set(folded, [name, folded === 'service.ranking' ? rankingFrom(value) : value]);
  };
  for (const [name, value] of Object.entries(declaration.properties)) add(name, value);
  for (const [name, value] of Object.entries(configuration ?? {}))
    if (!name.startsWith('.')) add(name, value);
  add('component.name', declaration.name);
  if (pid !== undefined && configuration !== undefined) add('service.pid', pid);
  return Object.fromEntries(merged.values());
}

/** In a `.cfg` file every value is a string; a ranking counts only as a number. */
function rankingFrom(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
}

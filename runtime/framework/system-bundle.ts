import type { Bundle } from '@stave/api';

/** Bundle 0: the runtime itself, which exports its packages. */
export function systemBundle(version: string, packages: Readonly<Record<string, string>>): Bundle {
  return {
    id: 0,
    name: 'stave',
    version,
    location: 'stave:',
    digest: '',
    state: 'ACTIVE',
    startLevel: 0,
    autostart: true,
    wires: [],
    problem: undefined,
    manifest: {
      name: 'stave',
      version,
      description: 'the runtime',
      isBundle: true,
      activator: undefined,
      components: undefined,
      imports: [],
      exports: Object.entries(packages).map(([name, packageVersion]) => ({
        name,
        version: packageVersion,
        uses: [],
      })),
      provides: [],
      requires: [],
      config: {},
      startLevel: 0,
      singleton: true,
      isolation: 'none',
      engine: undefined,
      loading: 'chunk',
    },
  };
}

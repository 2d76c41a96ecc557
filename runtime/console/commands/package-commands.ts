import type { Bundle, Bundles, Command } from '@stave/api';

/** The commands of the scope `package`. */
export function packageCommands(bundles: Bundles): readonly Command[] {
  return [exportsCommand(bundles), importsCommand(bundles)];
}

function exportsCommand(bundles: Bundles): Command {
  return {
    scope: 'package',
    name: 'exports',
    description: 'Show the packages that bundles offer, and who is wired to them',
    execute: () => ({
      columns: ['Package', 'Version', 'ID', 'Bundle', 'Users'],
      rows: [...bundles.exports()]
        .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.bundle - b.bundle))
        .map(({ name, version, bundle, users }) => [
          name,
          version,
          bundle,
          bundles.get(bundle)?.name ?? '',
          users.map((id) => bundles.get(id)?.name ?? String(id)),
        ]),
      empty: 'No packages',
    }),
  };
}

function importsCommand(bundles: Bundles): Command {
  return {
    scope: 'package',
    name: 'imports',
    description: 'Show the packages that bundles need, and what they are wired to',
    execute: () => ({
      columns: ['Package', 'Range', 'Optional', 'ID', 'Bundle', 'Wired To'],
      rows: bundles
        .list()
        .flatMap((bundle) =>
          bundle.manifest.imports.map(({ name, range, optional }) => [
            name,
            range,
            optional,
            bundle.id,
            bundle.name,
            wiredTo(bundle, name, bundles),
          ]),
        ),
      empty: 'No imports',
    }),
  };
}

function wiredTo(bundle: Bundle, name: string, bundles: Bundles): string {
  const wire = bundle.wires.find((candidate) => candidate.package === name);
  if (!wire) return '';
  return `${wire.version} of ${bundles.get(wire.provider)?.name ?? wire.provider}`;
}

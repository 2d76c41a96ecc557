import type { Bench, Beside } from './bench.js';
import { lookups } from './lookups.js';
import { type PandinoFigures, pandinoLookups } from './pandino-lookups.js';

/** What bundles do most: ask for a service. */
export const services: Bench = {
  name: 'services',
  title: 'service lookups among 1,000 services of one token',
  async measure({ peers }) {
    const missing = peers.missing('@pandino/pandino');
    const pandino = missing === undefined ? await pandinoLookups(peers) : undefined;
    const beside = (of: (figures: PandinoFigures) => number): readonly Beside[] => [
      pandino ? { name: 'Pandino', value: of(pandino) } : { name: 'Pandino', text: missing ?? '' },
    ];
    const figures = await lookups();
    return [
      {
        what: 'by token',
        value: figures.byTokenPerSecond,
        unit: '/s',
        of: '20 M lookups',
        goal: { above: 15e6 },
        beside: beside((peer) => peer.byTokenPerSecond),
      },
      {
        what: 'filtered',
        value: figures.filteredMicroseconds,
        unit: 'µs',
        of: '2 M lookups',
        goal: { below: 1 },
        beside: beside((peer) => peer.filteredMicroseconds),
      },
      {
        what: 'filtered, right after a registration',
        value: figures.afterRegistrationMicroseconds,
        unit: 'µs',
        of: '2,000 lookups',
        goal: { below: 20 },
        beside: [
          ...beside((peer) => peer.afterRegistrationMicroseconds),
          { name: 'Felix', text: '249 µs (reference)' },
        ],
      },
      {
        what: 'the registration itself',
        value: figures.registrationMicroseconds,
        unit: 'µs',
        of: '2,000 registrations',
      },
    ];
  },
};

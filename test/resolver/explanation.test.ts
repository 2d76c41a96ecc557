import { expect } from 'chai';
import { causesOf, explain } from 'stave/resolver/explanation.js';
import { resolve } from 'stave/resolver/resolve.js';
import type { Resource } from 'stave/resolver/resource.js';
import { resource } from './support.js';

function linesFor(root: string, resources: readonly Resource[]): readonly string[] {
  return explain(resolve({ resources, roots: [root], wired: new Map() }).unresolved.get(root)!);
}

describe('resolver/explain', () => {
  it('tells the whole chain from what was asked to what is missing', () => {
    const lines = linesFor('app@1.0.0', [
      resource('app@1.0.0', { imports: { svc: '^1' } }),
      resource('svc@1.3.0', { imports: { store: '>=2' } }),
      resource('store@2.0.0', { imports: { disk: '^4' } }),
    ]);
    expect(lines).to.deep.equal([
      'app 1.0.0 needs package svc ^1',
      '  svc 1.3.0 is there, but cannot be resolved',
      '    svc 1.3.0 needs package store >=2',
      '      store 2.0.0 is there, but cannot be resolved',
      '        store 2.0.0 needs package disk ^4',
      '          nothing offers disk',
    ]);
  });

  it('says which version there is when only the range is wrong', () => {
    const lines = linesFor('app@1.0.0', [
      resource('app@1.0.0', { imports: { '@acme/log': '^2' } }),
      {
        ...resource('logging@3.0.0', { exports: { '@acme/log': '1.1.0' } }),
      },
      { ...resource('log@1.2.0', { exports: { '@acme/log': '1.2.0' } }), name: '@acme/log' },
    ]);
    expect(lines).to.deep.equal([
      'app 1.0.0 needs package @acme/log ^2',
      '  @acme/log 1.2.0 is there, but ^2 is wanted',
      '  @acme/log 1.1.0 of logging 3.0.0 is there, but ^2 is wanted',
    ]);
  });

  it('says what the attributes must be when only the filter is wrong', () => {
    const codec: Resource = {
      ...resource('xml@1.0.0'),
      capabilities: [{ namespace: 'acme.codec', attributes: { type: 'xml' } }],
    };
    const app: Resource = {
      ...resource('app@1.0.0'),
      requirements: [
        { namespace: 'acme.codec', filter: '(type=json)', optional: false, effective: 'resolve' },
      ],
    };
    expect(linesFor('app@1.0.0', [codec, app])).to.deep.equal([
      'app 1.0.0 needs capability acme.codec (type=json)',
      '  acme.codec of xml 1.0.0 is there, but (type=json) is wanted',
    ]);
  });

  it('tells both ways on which one package is met twice', () => {
    const lines = linesFor('app@1.0.0', [
      resource('log@1.0.0'),
      resource('log@2.0.0'),
      resource('svc@1.0.0', { imports: { log: '^1' }, uses: ['log'] }),
      resource('app@1.0.0', { imports: { log: '^2', svc: '^1' } }),
    ]);
    expect(lines).to.deep.equal([
      'app 1.0.0 would meet package log from both log 1.0.0 and log 2.0.0',
      '  svc 1.0.0 takes log 1.0.0 from log 1.0.0',
      '  app 1.0.0 takes svc 1.0.0 from svc 1.0.0',
      '  app 1.0.0 takes log 2.0.0 from log 2.0.0',
    ]);
  });

  it('names a root that is not there', () => {
    expect(linesFor('gone', [])).to.deep.equal(['gone is not there']);
  });

  it('is short although all depends on all', () => {
    const layers = Array.from({ length: 12 }, (_, i) => i);
    const resources = layers.flatMap((layer) =>
      ['1.0.0', '1.1.0', '1.2.0'].map((version) =>
        resource(`p${layer}@${version}`, { imports: { [`p${layer + 1}`]: '^1' } }),
      ),
    );
    expect(linesFor('p0@1.0.0', resources).length).to.be.below(300);
  });

  it('finds the causes at the ends of all branches, that of the best candidate first', () => {
    const resources = [
      resource('app@1.0.0', { imports: { svc: '*' } }),
      resource('svc@1.0.0', { imports: { old: '^1' } }),
      resource('svc@2.0.0', { imports: { fresh: '^1' } }),
    ];
    const { unresolved } = resolve({ resources, roots: ['app@1.0.0'], wired: new Map() });
    const missing = causesOf(unresolved.get('app@1.0.0')!).map(
      (cause) => cause.kind === 'missing' && cause.requirement.name,
    );
    expect(missing).to.deep.equal(['fresh', 'old']);
  });
});

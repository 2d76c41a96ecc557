import { readFileSync } from 'node:fs';
import { expect } from 'chai';

interface PackageJson {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

describe('house/versions', () => {
  it('tells bundles the versions of the shared packages that are really there', () => {
    const told = read<Record<string, string>>('runtime/main/versions.json');
    const { dependencies = {}, version } = read<PackageJson>('runtime/package.json');
    const api = read<PackageJson>('runtime/api/package.json').version;
    expect(told).to.deep.equal({
      '@stave/api': api,
      inversify: dependencies.inversify,
      'reflect-metadata': dependencies['reflect-metadata'],
    });
    expect([version, dependencies['@stave/api']]).to.deep.equal([api, api]);
  });
});

import { expect } from 'chai';
import { placeOf, resolveLocation } from 'stave/artifacts/locations.js';

const ROOTS = { installation: '/opt/stave', home: '/home/me/node' };

describe('locations', () => {
  const spellings: [string, string | undefined, string][] = [
    ['stave:bundles/greeter', undefined, 'stave:bundles/greeter'],
    ['stave:/bundles//greeter/', undefined, 'stave:bundles/greeter'],
    ['home:deploy/x.ts', undefined, 'home:deploy/x.ts'],
    ['/tmp/greeter', undefined, 'file:///tmp/greeter'],
    ['/tmp/greeter/', undefined, 'file:///tmp/greeter'],
    ['/tmp/a b#c%20d', undefined, 'file:///tmp/a%20b%23c%2520d'],
    ['file:/tmp/greeter', undefined, 'file:///tmp/greeter'],
    ['file:///tmp/x/../greeter/', undefined, 'file:///tmp/greeter'],
    ['file:///tmp/100%', undefined, 'file:///tmp/100%25'],
    ['FILE:///tmp/greeter', undefined, 'file:///tmp/greeter'],
    ['http://Example.org/a.tgz#x', undefined, 'http://example.org/a.tgz'],
    ['npm:@acme/log@^1.0.0', undefined, 'npm:@acme/log@^1.0.0'],
    ['npm:dayjs', undefined, 'npm:dayjs'],
    ['npm:dayjs@', undefined, 'npm:dayjs'],
    ['npm:dayjs@latest', undefined, 'npm:dayjs@latest'],
    ['npm:dayjs@[1.0,2.0)', undefined, 'npm:dayjs@>=1.0.0 <2.0.0'],
    ['npm:dayjs@(1,2.5.1]', undefined, 'npm:dayjs@>1.0.0 <=2.5.1'],
    ['./greeter', '/work', 'file:///work/greeter'],
    ['../greeter', '/work/here', 'file:///work/greeter'],
    ['./greeter', 'file:///work/features.json', 'file:///work/greeter'],
    ['./greeter', 'file:///work/', 'file:///work/greeter'],
    ['../bundles/greeter', 'stave:features/standard.json', 'stave:bundles/greeter'],
    ['b.tgz', 'https://example.org/f/a.json', 'https://example.org/f/b.tgz'],
    ['npm:dayjs', 'https://example.org/f/a.json', 'npm:dayjs'],
  ];
  for (const [location, base, expected] of spellings) {
    it(`${location}${base ? ` in ${base}` : ''} is ${expected}, and so is that`, () => {
      expect(resolveLocation(location, base)).to.equal(expected);
      expect(resolveLocation(expected)).to.equal(expected);
    });
  }

  const refused: [string, string | undefined, string][] = [
    ['', undefined, 'STAVE_LOCATION_INVALID'],
    ['mvn:org.acme/x/1', undefined, 'STAVE_LOCATION_INVALID'],
    ['file:relative', undefined, 'STAVE_LOCATION_INVALID'],
    ['file://host/share', undefined, 'STAVE_LOCATION_INVALID'],
    ['stave:../secret', undefined, 'STAVE_LOCATION_INVALID'],
    ['home:a/../../b', undefined, 'STAVE_LOCATION_INVALID'],
    ['../../../x', 'stave:features/a.json', 'STAVE_LOCATION_INVALID'],
    ['http://', undefined, 'STAVE_LOCATION_INVALID'],
    ['npm:', undefined, 'STAVE_LOCATION_INVALID'],
    ['npm:--global', undefined, 'STAVE_LOCATION_INVALID'],
    ['npm:dayjs@-x', undefined, 'STAVE_LOCATION_INVALID'],
    ['npm:dayjs@file:../x', undefined, 'STAVE_LOCATION_INVALID'],
    ['./x', 'npm:dayjs', 'STAVE_LOCATION_INVALID'],
    ['./greeter', undefined, 'STAVE_LOCATION_RELATIVE'],
    ['greeter', undefined, 'STAVE_LOCATION_RELATIVE'],
  ];
  for (const [location, base, code] of refused) {
    it(`${JSON.stringify(location)}${base ? ` in ${base}` : ''} is refused with ${code}`, () => {
      expect(() => resolveLocation(location, base))
        .to.throw()
        .with.property('code', code);
    });
  }

  it('leads to a path below the installation, below the home, or anywhere', () => {
    expect(placeOf('stave:bundles/a', ROOTS)).to.deep.equal({ kind: 'path', path: '/opt/stave/bundles/a' });
    expect(placeOf('home:deploy/a', ROOTS)).to.deep.equal({ kind: 'path', path: '/home/me/node/deploy/a' });
    expect(placeOf('file:///tmp/a%20b', ROOTS)).to.deep.equal({ kind: 'path', path: '/tmp/a b' });
  });

  it('leads to a server or to a package of the registry', () => {
    expect(placeOf('https://x.org/a.tgz', ROOTS)).to.deep.equal({ kind: 'url', url: 'https://x.org/a.tgz' });
    expect(placeOf('npm:@a/b@^1', ROOTS)).to.deep.equal({ kind: 'npm', name: '@a/b', range: '^1' });
    expect(placeOf('npm:b', ROOTS)).to.deep.equal({ kind: 'npm', name: 'b', range: '*' });
  });
});

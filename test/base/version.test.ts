import { StaveError } from '@stave/api';
import { expect } from 'chai';
import fc from 'fast-check';
import { compare as npmCompare } from 'semver';
import { parseRange } from 'stave/base/range.js';
import { compareVersions, parseVersion } from 'stave/base/version.js';

const number = fc.nat({ max: 12 });
const release = fc.tuple(number, number, number).map((parts) => parts.join('.'));
const npmVersion = fc
  .tuple(
    release,
    fc.array(fc.oneof(number.map(String), fc.constantFrom('a', 'B', 'rc', 'x-1')), { maxLength: 3 }),
  )
  .map(([text, prerelease]) => (prerelease.length === 0 ? text : `${text}-${prerelease.join('.')}`));
const osgiVersion = fc
  .tuple(release, fc.constantFrom('', '.SP1', '.a', '.b_1'))
  .map((parts) => parts.join(''));
const anyVersion = fc.oneof(npmVersion, osgiVersion);

describe('base/version', () => {
  it('orders prerelease, release, qualifier', () => {
    const sorted = ['1.0.0.SP1', '1.0.0', '1.0.0-rc.2', '1.0.0-rc.10', '1.0.0-rc', '0.9'].sort(
      compareVersions,
    );
    expect(sorted).to.deep.equal(['0.9', '1.0.0-rc', '1.0.0-rc.2', '1.0.0-rc.10', '1.0.0', '1.0.0.SP1']);
  });

  it('takes missing numbers as 0 and does not count the build', () => {
    expect(compareVersions('1', '1.0.0')).to.equal(0);
    expect(compareVersions('1.2.3+a', '1.2.3+b')).to.equal(0);
  });

  it('agrees with npm on npm versions', () => {
    fc.assert(
      fc.property(npmVersion, npmVersion, (a, b) => {
        expect(Math.sign(compareVersions(a, b))).to.equal(npmCompare(a, b));
      }),
    );
  });

  it('is one order for all kinds of versions', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).to.equal(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).to.be.at.most(0);
      }),
    );
  });

  for (const text of [
    '',
    'latest',
    '1.',
    '1..2',
    '-1',
    'v1.0.0',
    '1.2.3.',
    '1.2.3-',
    '1.2-rc',
    '1.2.3.a.b',
  ]) {
    it(`refuses "${text}" as a version`, () => {
      expect(() => parseVersion(text)).to.throw(StaveError, `"${text}" is no version`);
    });
  }
});

describe('base/range', () => {
  it('reads an interval among npm ranges', () => {
    const range = parseRange('[1.0,2.0)');
    expect(['0.9.9', '1.0.0', '1.9.0', '2.0.0'].map((version) => range.includes(version))).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
  });

  it('leaves prereleases out of an interval that names none of that release', () => {
    expect(parseRange('[1.0,2.0)').includes('2.0.0-rc.1')).to.equal(false);
    expect(parseRange('[1.0,2.0)').includes('1.5.0-rc.1')).to.equal(false);
    expect(parseRange('[1.5.0-rc.1,2.0)').includes('1.5.0-rc.2')).to.equal(true);
  });

  it('lets a prerelease count as its release when asked', () => {
    const asRelease = { prereleaseAsRelease: true };
    expect(parseRange('^1.2.0').includes('1.3.0-dev', asRelease)).to.equal(true);
    expect(parseRange('[1.0,2.0)').includes('1.3.0-dev', asRelease)).to.equal(true);
    expect(parseRange('^1.2.0').includes('2.0.0-dev', asRelease)).to.equal(false);
    expect(parseRange('^1.2.0').includes('1.3.0-dev')).to.equal(false);
  });

  it('includes any version with * and the empty text', () => {
    expect(parseRange('*').includes('9.9.9')).to.equal(true);
    expect(parseRange('').includes('9.9.9')).to.equal(true);
  });

  it('refuses to test what is no version', () => {
    expect(() => parseRange('^1').includes('newest')).to.throw(StaveError, '"newest" is no version');
  });

  it('gives the same object for the same text', () => {
    expect(parseRange('^7.1')).to.equal(parseRange('^7.1'));
  });

  it('throws nothing but coded errors, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'[](),.0123x*^~<>=-| ') }));
    fc.assert(
      fc.property(
        text,
        fc.constantFrom('npm' as const, 'osgi' as const, 'feature' as const),
        (range, dialect) => {
          try {
            parseRange(range, dialect).includes('1.2.3');
          } catch (error) {
            expect(error).to.have.property('code', 'STAVE_VERSION_INVALID');
          }
        },
      ),
    );
  });
});

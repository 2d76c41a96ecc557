import { StaveError } from '@stave/api';
import semver from 'semver';

const NAME = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/i;
const TAG = /^[A-Za-z][\w.-]*$/;
const INTERVAL = /^([[(])\s*([^,\s]+)\s*,\s*([^,\s]*)\s*([\])])$/;

function padded(version: string): string | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+.].*)?$/.exec(version);
  if (!match) return undefined;
  const suffix = match[4]?.replace(/^\./, '-') ?? '';
  return semver.valid(`${match[1]}.${match[2] ?? 0}.${match[3] ?? 0}${suffix}`) ?? undefined;
}

/** The npm range for an OSGi interval such as `[1.0,2.0)`; undefined when it is none. */
function intervalRange(text: string): string | undefined {
  const match = INTERVAL.exec(text);
  if (!match) return undefined;
  const low = padded(match[2]!);
  if (low === undefined) return undefined;
  const from = `${match[1] === '[' ? '>=' : '>'}${low}`;
  if (match[3] === '') return from;
  const high = padded(match[3]!);
  return high === undefined ? undefined : `${from} ${match[4] === ']' ? '<=' : '<'}${high}`;
}

/** Name and npm range of what stands behind `npm:`; no range is any version, which npm reads as the newest. */
export function parseNpmLocation(text: string, location: string): { name: string; range: string } {
  const at = text.indexOf('@', 1);
  const name = at < 0 ? text : text.slice(0, at);
  const written = at < 0 ? '*' : text.slice(at + 1).trim() || '*';
  if (!NAME.test(name) || name.length > 214) {
    throw new StaveError('STAVE_LOCATION_INVALID', `${JSON.stringify(name)} is not a package name`, {
      where: location,
      remedy: 'write npm:name@range',
    });
  }
  const range = intervalRange(written) ?? written;
  if (semver.validRange(range) === null && !TAG.test(range)) {
    throw new StaveError('STAVE_LOCATION_INVALID', `${JSON.stringify(written)} is not a version range`, {
      where: location,
      remedy: 'write npm:name@^1.2.0, an exact version, or [1.0,2.0)',
    });
  }
  return { name, range };
}

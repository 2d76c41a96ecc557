import { StaveError } from '@stave/api';

/**
 * A path below the home, cleaned of `.` and doubled slashes.
 * Throws `STAVE_PATH_ESCAPE` for one that is absolute, leads out, or names the home itself.
 */
export function homePath(finalName: string, where: string): string {
  const parts = finalName.split('/').filter((part) => part !== '' && part !== '.');
  const absolute = finalName.startsWith('/') || /^[A-Za-z]:/.test(finalName);
  const leadsOut = parts.includes('..') || /[\\\0]/.test(finalName);
  if (absolute || leadsOut || parts.length === 0 || finalName.endsWith('/')) {
    throw new StaveError('STAVE_PATH_ESCAPE', `"${finalName}" is no path of a file below the home`, {
      where,
    });
  }
  return parts.join('/');
}

import { builtinModules } from 'node:module';
import { StaveError } from '@stave/api';

/** The names that a bundle project is written with. */
export interface ProjectNames {
  /** Of the package, such as `@acme/clock`. */
  readonly name: string;
  /** Of its folder and of its commands' scope, such as `clock`. */
  readonly short: string;
  /** Of its configuration, such as `acme.clock`. */
  readonly pid: string;
}

/** npm's rules: lower case, one scope at most, no leading dot or underscore. */
const NPM_NAME = /^(?:@([a-z0-9-][a-z0-9._-]*)\/)?([a-z0-9-][a-z0-9._-]*)$/;
const MAX_LENGTH = 214;
const RESERVED: ReadonlySet<string> = new Set([...builtinModules, 'node_modules', 'favicon.ico']);

/** Throws `STAVE_COMMAND_USAGE` for what npm would not take as the name of a package. */
export function projectNames(name: string): ProjectNames {
  const [, scope, short] = NPM_NAME.exec(name) ?? [];
  if (short === undefined || name.length > MAX_LENGTH || RESERVED.has(name)) {
    throw new StaveError('STAVE_COMMAND_USAGE', `"${name}" is no name for a package`, {
      remedy:
        'use lower-case letters, digits, dots, dashes and underscores, as in my-bundle or @acme/my-bundle',
    });
  }
  // A PID begins with a letter, a digit or an underscore.
  const pid = [scope, short].filter((part) => part !== undefined).join('.');
  return { name, short, pid: pid.replace(/^-/, '_') };
}

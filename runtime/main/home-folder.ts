import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Home, StaveError } from '@stave/api';

/** Name of a node whose home does not say another. */
const DEFAULT_NAME = 'root';

export interface HomeOptions {
  /** Folder of the home; made when it is absent. */
  readonly folder: string;
  readonly installation: string;
  /** Overrides the name in `etc/stave.node.cfg`. */
  readonly name?: string;
}

function nameOf(etc: string): string {
  const file = join(etc, 'stave.node.cfg');
  if (!existsSync(file)) return DEFAULT_NAME;
  return /^\s*name\s*[=:]\s*(\S+)\s*$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? DEFAULT_NAME;
}

/** Makes the folders of a home where they are absent. Throws `STAVE_HOME_INVALID` when it cannot be written. */
export function openHome(options: HomeOptions): Home {
  const folder = resolve(options.folder);
  try {
    for (const name of ['etc', 'deploy', 'data']) mkdirSync(join(folder, name), { recursive: true });
    const root = realpathSync(folder);
    const etc = join(root, 'etc');
    return {
      name: options.name ?? nameOf(etc),
      root,
      etc,
      deploy: join(root, 'deploy'),
      data: join(root, 'data'),
      installation: options.installation,
    };
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new StaveError('STAVE_HOME_INVALID', `the home cannot be made or written (${reason})`, {
      where: folder,
      cause,
    });
  }
}

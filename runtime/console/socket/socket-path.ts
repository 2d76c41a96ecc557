import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Longer paths are cut silently by the system. */
export const MAX_SOCKET_PATH = 100;

/** The socket of a node, when its path is not too long. */
export function plainSocketPath(data: string): string {
  return join(data, 'stave.sock');
}

/** The file that names the socket when it lies elsewhere. */
export function pointerPath(data: string): string {
  return join(data, 'socket');
}

export function isTooLong(path: string): boolean {
  return Buffer.byteLength(path) > MAX_SOCKET_PATH;
}

/** Where the node of this data folder listens, if it does. */
export function findSocketPath(data: string): string {
  try {
    return readFileSync(pointerPath(data), 'utf8').trim();
  } catch {
    const plain = plainSocketPath(data);
    return isTooLong(plain) ? plainSocketPath(shorter(data)) : plain;
  }
}

function shorter(data: string): string {
  try {
    return realpathSync(data);
  } catch {
    return data;
  }
}

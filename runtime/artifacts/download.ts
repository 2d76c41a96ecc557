import { type AbortOptions, StaveError } from '@stave/api';
import { type ArtifactLimits, limitExceeded } from './limits.js';
import { type StorageFileSystem, storageError } from './storage.js';

export interface DownloadOptions extends AbortOptions {
  readonly limits: ArtifactLimits;
}

/** The address without user and password, as it may be shown. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

function failed(where: string, sentence: string, cause?: unknown): StaveError {
  return new StaveError('STAVE_DOWNLOAD_FAILED', sentence, { where, cause });
}

/** The deepest cause says what happened; `fetch failed` alone does not. */
function reason(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  if (cause instanceof Error) return reason(cause);
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function request(url: string): { address: string; headers: Record<string, string> } {
  const { username, password } = new URL(url);
  if (username === '' && password === '') return { address: url, headers: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { address: shownUrl(url), headers: { authorization } };
}

function checkStatus(response: Response, where: string): void {
  if (response.ok) return;
  if (response.status === 404 || response.status === 410) {
    throw new StaveError('STAVE_LOCATION_NOT_FOUND', `the server has no such file (${response.status})`, {
      where,
    });
  }
  throw failed(where, `the server answered ${response.status} ${response.statusText}`.trimEnd());
}

/** The body of a URL in chunks; throws `STAVE_DOWNLOAD_FAILED`, `STAVE_LOCATION_NOT_FOUND` or `STAVE_LIMIT_EXCEEDED`. */
export async function* download(
  url: string,
  { limits, signal }: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const { address, headers } = request(url);
  const silence = new AbortController();
  const milliseconds = limits['download.timeout'];
  const giveUp = (): void => silence.abort(new Error(`the server was silent for ${milliseconds} ms`));
  const timer = setTimeout(giveUp, milliseconds);
  const signals = signal ? [silence.signal, signal] : [silence.signal];
  try {
    const response = await fetch(address, { headers, signal: AbortSignal.any(signals) });
    try {
      checkStatus(response, address);
      const limit = limits['download.size'];
      if (Number(response.headers.get('content-length') ?? 0) > limit) {
        throw limitExceeded('download.size', limit, address);
      }
      let size = 0;
      for await (const chunk of response.body ?? []) {
        timer.refresh();
        size += chunk.length;
        if (size > limit) throw limitExceeded('download.size', limit, address);
        yield chunk;
      }
    } finally {
      if (!response.body?.locked) await response.body?.cancel().catch(() => undefined);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof StaveError) throw error;
    throw failed(address, `cannot be fetched: ${reason(silence.signal.reason ?? error)}`, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes the body of a URL to a new file. */
export async function downloadFile(
  url: string,
  file: string,
  options: DownloadOptions & { readonly fs: StorageFileSystem },
): Promise<void> {
  const handle = await options.fs.open(file, 'wx').catch((error: unknown) => {
    throw storageError(error, file);
  });
  try {
    for await (const chunk of download(url, options)) {
      await handle.writeFile(chunk).catch((error: unknown) => {
        throw storageError(error, file);
      });
    }
  } finally {
    await handle.close();
  }
}

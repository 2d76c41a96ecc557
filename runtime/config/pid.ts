import { StaveError } from '@stave/api';
import type { ConfigurationFormat } from './configuration-text.js';

const PID = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:~[A-Za-z0-9_.-]+)?$/;
/** Leaves room for the suffix in what file systems allow. */
const MAX_BYTES = 200;

export function isPid(pid: string): boolean {
  return pid.length <= MAX_BYTES && PID.test(pid);
}

/** @throws STAVE_PID_INVALID */
export function checkPid(pid: string): void {
  if (isPid(pid)) return;
  const shown = pid.length > 60 ? `${pid.slice(0, 60)}…` : pid;
  const reason = PID.test(pid) ? `is longer than ${MAX_BYTES} bytes` : 'is no PID';
  throw new StaveError('STAVE_PID_INVALID', `${JSON.stringify(shown)} ${reason}`);
}

/** The parts of the PID of a factory instance; undefined for any other PID. */
export function factoryOf(pid: string): { readonly factoryPid: string; readonly name: string } | undefined {
  const at = pid.indexOf('~');
  return at < 0 ? undefined : { factoryPid: pid.slice(0, at), name: pid.slice(at + 1) };
}

/** What a file in etc/ is. `pid` of a kind `configuration` may still be invalid. */
export type FileKind =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'configuration'; readonly pid: string; readonly format: ConfigurationFormat };

const IGNORED: FileKind = { kind: 'ignored' };

/** Reads a file name: `<PID>.cfg` or `<PID>.cfg.json`. Dotfiles, editors' files and all other names are ignored. */
export function fileKind(name: string): FileKind {
  if (/^[.#~]/.test(name)) return IGNORED;
  const match = /^(.+?)\.cfg(\.json)?$/s.exec(name);
  if (!match) return IGNORED;
  return { kind: 'configuration', pid: match[1]!, format: match[2] ? 'json' : 'cfg' };
}

/** The file name of a PID. */
export function fileName(pid: string, format: ConfigurationFormat): string {
  return format === 'cfg' ? `${pid}.cfg` : `${pid}.cfg.json`;
}

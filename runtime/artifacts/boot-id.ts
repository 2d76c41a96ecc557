import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Elsewhere the minute of the boot; that it may be told differently next time only costs a check.
    return `minute-${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
}

/** Names the time since the machine was started. What was written in it and not flushed is there as long as it lasts. */
export const BOOT_ID = readBootId();

import type { LogRecord } from '@stave/api';

/** A record as one line of JSON, for programs. */
export function toJsonLine(record: LogRecord): string {
  return `${JSON.stringify({ ...record, time: new Date(record.time).toISOString() })}\n`;
}

/** A record as a line for people, followed by the stack of an error. */
export function toTextLine(record: LogRecord): string {
  const time = new Date(record.time).toISOString().replace('T', ' ').replace('Z', '');
  const head = `${time} ${record.level.toUpperCase().padEnd(5)} ${record.logger}: ${record.message}`;
  const { details } = record;
  if (details === undefined) return `${head}\n`;
  const { stack } = (details ?? {}) as { stack?: unknown };
  return typeof stack === 'string' ? `${head}\n${stack}\n` : `${head} ${JSON.stringify(details)}\n`;
}

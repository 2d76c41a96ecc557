import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/** What an error may carry beside its sentence. */
export interface StaveErrorInit {
  /** File, location, bundle or configuration that the error is about. */
  readonly where?: string;
  /** What the user can do about it; the default stands in the table of codes. Empty when the sentence says it already. */
  readonly remedy?: string;
  readonly cause?: unknown;
  /** Machine-readable facts, such as `{ package: '@acme/log', range: '^2' }`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Bad input or a refused gesture: never a bug of the runtime. The message reads `what it is about: sentence; remedy`,
 * and is shown to users as `CODE: message`.
 */
export class StaveError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param sentence what is wrong, without the code and without a final stop */
  constructor(code: ErrorCode, sentence: string, init: StaveErrorInit = {}) {
    const remedy = init.remedy ?? ERROR_CODES[code];
    const subject = init.where && !sentence.includes(init.where) ? `${init.where}: ` : '';
    super(
      `${subject}${sentence}${remedy === '' ? '' : `; ${remedy}`}`,
      init.cause === undefined ? undefined : { cause: init.cause },
    );
    this.name = 'StaveError';
    this.code = code;
    this.where = init.where;
    this.remedy = remedy;
    this.details = init.details ?? {};
  }

  /** One line for a person: `CODE: sentence; remedy`. */
  override toString(): string {
    return `${this.code}: ${this.message}`;
  }
}

/** One line for a person, whatever was thrown. */
export function describeError(error: unknown): string {
  if (error instanceof StaveError) return error.toString();
  if (error instanceof Error) return error.message === '' ? error.name : `${error.name}: ${error.message}`;
  return String(error);
}

/** The same error as a StaveError: one that already is passes through, anything else becomes the cause of a new one. */
export function toStaveError(error: unknown, code: ErrorCode, where?: string): StaveError {
  if (error instanceof StaveError) return error;
  const init = where === undefined ? { cause: error } : { cause: error, where };
  return new StaveError(code, describeError(error), init);
}

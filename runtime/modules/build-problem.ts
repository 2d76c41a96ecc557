import { type ErrorCode, StaveError } from '@stave/api';
import type { BuildFailure, Message } from 'esbuild';

/** A mistake in the sources, by its place. */
export interface BuildProblem {
  readonly code: ErrorCode;
  /** `file:line:column: text`; without a place only the text. */
  readonly text: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** Counted from 1. */
  readonly column: number | undefined;
  readonly remedy: string | undefined;
}

/** Put by our plugins into `detail` of an esbuild message. */
export interface ProblemDetail {
  readonly code: ErrorCode;
  readonly remedy?: string;
}

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function codeOf(message: Message): ErrorCode {
  if (/top-level await/i.test(message.text)) return 'STAVE_TOP_LEVEL_AWAIT';
  if (message.text.startsWith('Could not resolve')) return 'STAVE_MODULE_NOT_FOUND';
  return 'STAVE_COMPILE_FAILED';
}

export function toProblem(message: Message): BuildProblem {
  const detail = message.detail as ProblemDetail | undefined;
  const code = detail?.code ?? codeOf(message);
  const place = message.location;
  const text =
    code === 'STAVE_TOP_LEVEL_AWAIT' ? 'top-level await is not possible in a bundle' : message.text;
  return {
    code,
    text: place ? `${place.file}:${place.line}:${place.column + 1}: ${text}` : text,
    file: place?.file,
    line: place?.line,
    column: place ? place.column + 1 : undefined,
    remedy: detail?.remedy,
  };
}

/** All problems of a build as one error: the first is told, the others are counted and stand in `details.problems`. */
export function buildError(problems: readonly BuildProblem[], where: string, cause?: unknown): StaveError {
  const [first] = problems;
  if (!first) throw new StaveError('STAVE_INTERNAL', 'esbuild failed without a reason', { where, cause });
  const others = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new StaveError(first.code, `${first.text}${others}`, {
    where,
    cause,
    ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
    details: {
      file: first.file,
      line: first.line,
      column: first.column,
      problems: problems.map(({ text }) => text),
    },
  });
}

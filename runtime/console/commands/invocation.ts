import { type Invocation, StaveError } from '@stave/api';

/** An argument that the spec requires. */
export function argument(invocation: Invocation, name: string): string {
  return optionalArgument(invocation, name) ?? '';
}

export function optionalArgument(invocation: Invocation, name: string): string | undefined {
  const value = invocation.arguments[name];
  return typeof value === 'string' ? value : undefined;
}

/** The words of an argument that takes many. */
export function argumentList(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.arguments[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

export function flag(invocation: Pick<Invocation, 'options'>, name: string): boolean {
  return invocation.options[name] === true;
}

export function option(invocation: Pick<Invocation, 'options'>, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** A whole number that is not negative. Throws `STAVE_COMMAND_USAGE`. */
export function wholeNumber(text: string, what: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw usage(`${what} must be a whole number, not ${text}`, `write it as in ${what.split(' ').at(-1)} 10`);
}

export function numberOption(invocation: Invocation, name: string, otherwise: number): number {
  const text = option(invocation, name);
  return text === undefined ? otherwise : wholeNumber(text, `--${name}`);
}

export function usage(sentence: string, remedy?: string): StaveError {
  return new StaveError('STAVE_COMMAND_USAGE', sentence, remedy === undefined ? {} : { remedy });
}

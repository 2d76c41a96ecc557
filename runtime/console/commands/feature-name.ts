/** Names may have an npm scope: `@acme/log/^2` is `@acme/log` in the range `^2`. */
const REFERENCE = /^((?:@[^/]*\/)?[^/]*)(?:\/(.*))?$/s;

export function featureName(reference: string): string {
  return REFERENCE.exec(reference)?.[1] ?? reference;
}

/** Undefined for a name alone. */
export function featureRange(reference: string): string | undefined {
  return REFERENCE.exec(reference)?.[2];
}

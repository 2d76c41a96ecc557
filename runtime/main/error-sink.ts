import type { Log } from '@stave/api';
import { currentBundle } from '../framework/bundle-scope.js';

/**
 * Takes errors that nobody caught, so that a bundle's mistake does not end the node. They are logged under the name of the bundle
 * whose code they came from. Returns what takes the handlers away.
 */
export function catchUncaughtErrors(log: Log): () => void {
  const report = (what: string) => (error: unknown) => {
    const bundle = currentBundle();
    log.logger(bundle?.name ?? 'node').error(`${what}${bundle ? ` in bundle ${bundle.name}` : ''}`, error);
  };
  const onException = report('uncaught exception');
  const onRejection = report('unhandled rejection');
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  return () => {
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
  };
}

import { serviceToken } from './token.js';

export interface Deployment {
  /** Name of the file or folder in deploy/. */
  readonly file: string;
  readonly kind: 'bundle' | 'descriptor' | 'configuration' | 'unknown';
  readonly state: 'pending' | 'ok' | 'failed';
  /** What became of it (`@acme/greeter 1.2.0`), or the reason. */
  readonly result: string;
}

/** What lies in deploy/. */
export interface Deployments {
  list(): readonly Deployment[];
}
export const Deployments = serviceToken<Deployments>('stave.Deployments', 1);

import { serviceToken } from '@stave/api';

/** What was said last. A contract inside one bundle needs no API package: nobody else imports it. */
export interface Greetings {
  readonly last: { readonly text: string; readonly time: Date } | undefined;
}
export const Greetings = serviceToken<Greetings>('acme.cron.Greetings', 1);

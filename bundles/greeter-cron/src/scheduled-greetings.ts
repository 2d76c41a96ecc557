import { Greeter } from '@acme/greeter-api';
import { activate, type ComponentContext, component, deactivate, reference } from '@stave/api';
// A library that the feature installs as a bundle of its own: all that import it share it. What it needs itself, such as
// luxon, stays its own affair.
import { CronJob } from 'cron';
import { Greetings } from './greetings.js';

/** Greets on a schedule. Active only while there is a greeter: a reference is 1..1 unless it says otherwise. */
@component({ provides: [Greetings], configuration: 'acme.greeter-cron' })
export class ScheduledGreetings implements Greetings {
  last: Greetings['last'];
  readonly #greeter: Greeter;
  #job: CronJob | undefined;

  // The token is named here: types are gone at run time.
  constructor(@reference(Greeter) greeter: Greeter) {
    this.#greeter = greeter;
  }

  @activate
  begin({ properties: { schedule = '* * * * * *' } }: ComponentContext): void {
    this.#greet();
    this.#job = CronJob.from({ cronTime: String(schedule), onTick: () => this.#greet(), start: true });
  }

  /** Timers of a library are not the runtime's: whoever starts them stops them. */
  @deactivate
  end(): Promise<void> | void {
    return this.#job?.stop();
  }

  #greet(): void {
    this.last = { text: this.#greeter.greet(), time: new Date() };
  }
}

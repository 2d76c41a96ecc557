import { Command, component, reference } from '@stave/api';
import dayjs from 'dayjs';
// A subpath of a library, as Node finds it: dayjs has no "exports", so that each of its files can be imported.
import relativeTime from 'dayjs/plugin/relativeTime.js';
import { Greetings } from './greetings.js';

dayjs.extend(relativeTime);

/** The console command `greeter:last`: there as long as this component is active. */
@component({ provides: [Command] })
export class LastCommand implements Command {
  readonly scope = 'greeter';
  readonly name = 'last';
  readonly description = 'Shows what was said last, and when';
  readonly #greetings: Greetings;

  constructor(@reference(Greetings) greetings: Greetings) {
    this.#greetings = greetings;
  }

  execute(): string {
    const { last } = this.#greetings;
    return last ? `${last.text} (${dayjs(last.time).fromNow()})` : 'nothing was said yet';
  }
}

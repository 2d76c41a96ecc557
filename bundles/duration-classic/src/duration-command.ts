import { Command, component, type Invocation } from '@stave/api';
// Version 7, a CommonJS module. Version 9 is another bundle to the runtime; each importer is wired to the one in its range.
import prettyMilliseconds from 'pretty-ms';

/** The console command `duration:classic`. */
@component({ provides: [Command] })
export class DurationCommand implements Command {
  readonly scope = 'duration';
  readonly name = 'classic';
  readonly description = 'Says milliseconds in words, by pretty-ms 7';
  readonly arguments = [{ name: 'milliseconds', description: 'a number' }];

  execute(invocation: Invocation): string {
    return prettyMilliseconds(Number(invocation.arguments.milliseconds));
  }
}

import { Command, component, type Invocation } from '@stave/api';
// Version 9, an ES module. Version 7 is another bundle to the runtime; each importer is wired to the one in its range.
import prettyMilliseconds from 'pretty-ms';

/** The console command `duration:modern`. */
@component({ provides: [Command] })
export class DurationCommand implements Command {
  readonly scope = 'duration';
  readonly name = 'modern';
  readonly description = 'Says milliseconds in words, by pretty-ms 9';
  readonly arguments = [{ name: 'milliseconds', description: 'a number' }];

  execute(invocation: Invocation): string {
    return prettyMilliseconds(Number(invocation.arguments.milliseconds));
  }
}

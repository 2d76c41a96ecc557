import { Greeter } from '@acme/greeter-api';
import { component } from '@stave/api';
// A package under "dependencies" belongs to this bundle alone: it is compiled into it.
import { titleCase } from 'title-case';

/** A second greeter. Where several offer a service, the one with the highest ranking is the best; without one it is 0. */
@component({ provides: [Greeter], properties: { 'service.ranking': 10 } })
export class PoliteGreeter implements Greeter {
  greet(name = 'dear friend'): string {
    return `Good day, ${titleCase(name)}. How do you do?`;
  }
}

import { Greeter } from '@acme/greeter-api';
import { activate, type ComponentContext, component, modified } from '@stave/api';

/** The properties of `acme.greeter`, with the types that schema/greeter.json gives them. */
interface Settings {
  readonly greeting?: string;
  readonly punctuation?: string;
  readonly repeat?: number;
  readonly names?: readonly string[];
}

/** A greeter whose words come from etc/acme.greeter.cfg. */
@component({ provides: [Greeter], configuration: 'acme.greeter' })
export class ConfiguredGreeter implements Greeter {
  #settings: Settings = {};

  /**
   * Called before the service is offered, and again whenever the file is edited. Without `@modified` the component would be
   * made anew for each edit, and all that use it as well.
   */
  @activate
  @modified
  configure(context: ComponentContext): void {
    this.#settings = context.properties;
  }

  greet(name?: string): string {
    const { greeting = 'Hello', punctuation = '!', repeat = 1, names = ['world'] } = this.#settings;
    const sentence = `${greeting}, ${name ?? names.join(' and ')}${punctuation}`;
    return Array.from({ length: repeat }, () => sentence).join(' ');
  }
}

import { isDeepStrictEqual } from 'node:util';
import {
  type ConfigurationConsumer,
  type ConfigurationProblem,
  type JsonObject,
  StaveError,
  toStaveError,
} from '@stave/api';
import { type Entry, problemOf } from './configuration-memory.js';
import { type ConsumerView, consumerView, type ViewSources } from './consumer-view.js';
import { factoryOf } from './pid.js';

type FileProblem = Omit<ConfigurationProblem, 'lastGood'>;

/** One consumer of one PID, with what it was told. */
export interface Registration {
  readonly pid: string;
  readonly consumer: ConfigurationConsumer;
  /** By PID; undefined: that there is none. */
  readonly told: Map<string, JsonObject | undefined>;
  /** Ends when the last call so far has ended. */
  last: Promise<void> | undefined;
  active: boolean;
}

export type CheckAnswer = { readonly properties: JsonObject } | { readonly error: StaveError };

export interface ConsumersOptions extends ViewSources {
  /** How long an `updated` is waited for, in milliseconds. */
  readonly updateLimit: number;
  /** Told of consumers that fail. */
  readonly report: (message: string, error: unknown) => void;
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masking, secret) => masking.replaceAll(secret, '***'), text);
}

/** A refusal that names no resolved secret. */
function withoutSecrets(error: StaveError, secrets: readonly string[]): StaveError {
  if (secrets.length === 0) return error;
  const remedy = `; ${error.remedy}`;
  const sentence = error.message.endsWith(remedy) ? error.message.slice(0, -remedy.length) : error.message;
  const { property } = error.details;
  return new StaveError(error.code, masked(sentence, secrets), {
    remedy: error.remedy,
    details: property === undefined ? {} : { property },
  });
}

/** The consumers of configurations: each is called one call after the other, and never with the same properties twice. */
export class Consumers {
  readonly #options: ConsumersOptions;
  readonly #byPid = new Map<string, Registration[]>();
  readonly #problems = new Map<Registration, Map<string, FileProblem>>();

  constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  add(pid: string, consumer: ConfigurationConsumer): Registration {
    const registration: Registration = { pid, consumer, told: new Map(), last: undefined, active: true };
    this.#byPid.set(pid, [...(this.#byPid.get(pid) ?? []), registration]);
    return registration;
  }

  remove(registration: Registration): void {
    registration.active = false;
    this.#problems.delete(registration);
    const others = (this.#byPid.get(registration.pid) ?? []).filter((other) => other !== registration);
    if (others.length > 0) this.#byPid.set(registration.pid, others);
    else this.#byPid.delete(registration.pid);
  }

  /** The consumers of a PID, and those of its factory. */
  of(pid: string): readonly Registration[] {
    const factory = factoryOf(pid);
    const own = this.#byPid.get(pid) ?? [];
    return factory ? [...own, ...(this.#byPid.get(factory.factoryPid) ?? [])] : own;
  }

  check(registration: Registration, pid: string, properties: JsonObject): CheckAnswer {
    const { consumer } = registration;
    let view: ConsumerView | undefined;
    try {
      view = consumerView(pid, properties, consumer.keys ?? [], this.#options);
      return { properties: consumer.check(view.properties) };
    } catch (error) {
      const coded = toStaveError(error, 'STAVE_CONFIG_REFUSED', consumer.name);
      return { error: withoutSecrets(coded, view?.secrets ?? []) };
    }
  }

  /** Checks and tells one consumer; a refusal is kept as a problem, and the consumer keeps what it has. */
  tell(registration: Registration, pid: string, entry: Entry | undefined): Promise<void> | undefined {
    const answer = entry && this.check(registration, pid, entry.properties);
    if (answer && 'error' in answer) {
      this.noteProblem(registration, entry!, answer.error);
      return undefined;
    }
    this.#problems.get(registration)?.delete(pid);
    return this.hand(registration, pid, answer?.properties);
  }

  /** Calls `updated`: at once when no call is under way, so that a consumer has its properties when `consume` returns. */
  hand(
    registration: Registration,
    pid: string,
    properties: JsonObject | undefined,
  ): Promise<void> | undefined {
    const { told } = registration;
    if (told.has(pid) && isDeepStrictEqual(told.get(pid), properties)) return registration.last;
    told.set(pid, properties);
    const call = (): void | Promise<void> => this.#update(registration, pid, properties);
    const done = registration.last ? registration.last.then(call) : call();
    if (!done) return undefined;
    const last = done.finally(() => {
      if (registration.last === last) registration.last = undefined;
    });
    registration.last = last;
    return last;
  }

  noteProblem(registration: Registration, entry: Entry, error: StaveError): void {
    const problems = this.#problems.get(registration) ?? new Map<string, FileProblem>();
    problems.set(entry.pid, problemOf(entry, error));
    this.#problems.set(registration, problems);
  }

  problems(): ConfigurationProblem[] {
    return [...this.#problems].flatMap(([registration, problems]) =>
      [...problems.values()].map((problem) => ({
        ...problem,
        lastGood: registration.told.get(problem.pid) !== undefined,
      })),
    );
  }

  /** Runs one `updated` within the limit; whatever it does is reported, never thrown. */
  #update(registration: Registration, pid: string, properties: JsonObject | undefined): void | Promise<void> {
    if (!registration.active) return;
    const failed = (error: unknown): void => {
      this.#options.report(`${registration.consumer.name} failed on its configuration ${pid}`, error);
    };
    try {
      const result = registration.consumer.updated(properties, pid);
      if (result instanceof Promise) return this.#limited(result, failed);
    } catch (error) {
      failed(error);
    }
  }

  #limited(result: Promise<void>, failed: (error: unknown) => void): Promise<void> {
    const { updateLimit } = this.#options;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        failed(new Error(`it has not ended after ${updateLimit} ms`));
        resolve();
      }, updateLimit);
      result.catch(failed).finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

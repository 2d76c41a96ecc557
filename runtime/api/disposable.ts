/** Something that was taken and can be given back. Disposing twice is no error. */
export interface Disposable {
  dispose(): void;
}

/** Subscribe with a listener, unsubscribe by disposing the result. Listeners are called synchronously. */
export type Event<T> = (listener: (event: T) => void) => Disposable;

/** Options that every asynchronous call takes. */
export interface AbortOptions {
  /** Aborts the call; it then rejects with the signal's reason and gives back all that it took. */
  readonly signal?: AbortSignal;
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

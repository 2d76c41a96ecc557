import type { Track } from './timer-facades.js';

type Listener = (...args: unknown[]) => void;
interface Registered {
  readonly event: string | symbol;
  readonly listener: Listener;
  remove(): void;
}
type Add = 'on' | 'prependListener';

/** `process` as one bundle sees it: the real one, but its listeners are removed when the bundle stops. */
export function processFacade(track: Track): NodeJS.Process {
  const registered: Registered[] = [];
  // The methods of EventEmitter are overloaded per event; the facade treats all events alike.
  const native = process as unknown as Record<
    Add | 'off',
    (event: string | symbol, listener: Listener) => void
  >;

  const add = (how: Add, once: boolean) => (event: string | symbol, listener: Listener) => {
    const wrapped: Listener = (...args) => {
      if (once) entry.remove();
      listener.apply(process, args);
    };
    // As Node does for `once`, so that `listeners()` and removal by the original work.
    Object.defineProperty(wrapped, 'listener', { value: listener });
    const entry: Registered = {
      event,
      listener,
      remove() {
        native.off(event, wrapped);
        const index = registered.indexOf(entry);
        if (index >= 0) registered.splice(index, 1);
        tracked.dispose();
      },
    };
    native[how](event, wrapped);
    const tracked = track(() => native.off(event, wrapped));
    registered.push(entry);
    return facade;
  };
  const remove = (event: string | symbol, listener: Listener) => {
    const entry = registered.findLast((other) => other.event === event && other.listener === listener);
    entry?.remove();
    return facade;
  };
  const removeAll = (event?: string | symbol) => {
    for (const entry of [...registered]) if (event === undefined || entry.event === event) entry.remove();
    return facade;
  };

  const facade = Object.create(process, {
    on: { value: add('on', false) },
    addListener: { value: add('on', false) },
    prependListener: { value: add('prependListener', false) },
    once: { value: add('on', true) },
    prependOnceListener: { value: add('prependListener', true) },
    off: { value: remove },
    removeListener: { value: remove },
    removeAllListeners: { value: removeAll },
  }) as NodeJS.Process;
  return facade;
}

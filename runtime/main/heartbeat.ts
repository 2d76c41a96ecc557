const BEATS = 0;
const TIMEOUT = 1;
const DEBUGGED = 2;

/** Most time between two beats, in milliseconds: rare enough to cost nothing. */
const MAX_PERIOD = 500;
const MIN_PERIOD = 10;
const LARGEST = 0x7fffffff;

/** A few cells of memory that the main thread writes at each beat and its watchdog reads. */
export class Heartbeat {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /**
   * @param timeout how long the main thread may be silent, in milliseconds
   * @param debugged whether the inspector of the process is open
   */
  beat(timeout: number, debugged: boolean): void {
    Atomics.store(this.#cells, TIMEOUT, Math.min(timeout, LARGEST));
    Atomics.store(this.#cells, DEBUGGED, debugged ? 1 : 0);
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** Changes with each beat. */
  get count(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  get timeout(): number {
    return Atomics.load(this.#cells, TIMEOUT);
  }

  get isDebugged(): boolean {
    return Atomics.load(this.#cells, DEBUGGED) === 1;
  }

  /** Time from one beat to the next, and from one look of the watchdog to the next, in milliseconds. */
  get period(): number {
    return Math.max(MIN_PERIOD, Math.min(MAX_PERIOD, Math.floor(this.timeout / 8)));
  }
}

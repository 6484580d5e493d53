/** Time, passed in so that tests choose it. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** Calls back once at or after `atMs` of the same clock; the returned function cancels. */
  at(atMs: number, callback: () => void): () => void;
  /** Calendar time, milliseconds since 1970. */
  dateMs(): number;
}

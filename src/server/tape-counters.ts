/** What a drive has moved. */
export interface Transfers {
  readonly writtenBytes: number;
  readonly writtenRecords: number;
  readonly writeCommands: number;
  readonly readBytes: number;
  readonly readRecords: number;
  readonly readCommands: number;
}

const NOTHING: Transfers = {
  writtenBytes: 0, writtenRecords: 0, writeCommands: 0, readBytes: 0, readRecords: 0,
  readCommands: 0,
};

const combined = (
  a: Transfers, b: Partial<Transfers>, combine: (a: number, b: number) => number): Transfers => ({
  writtenBytes: combine(a.writtenBytes, b.writtenBytes ?? 0),
  writtenRecords: combine(a.writtenRecords, b.writtenRecords ?? 0),
  writeCommands: combine(a.writeCommands, b.writeCommands ?? 0),
  readBytes: combine(a.readBytes, b.readBytes ?? 0),
  readRecords: combine(a.readRecords, b.readRecords ?? 0),
  readCommands: combine(a.readCommands, b.readCommands ?? 0),
});

/** When counting began anew: at the load of the tape, or when a log page was reset. */
export type Mark = 'load' | number;

/** Counts what a drive moves, and tells it since each of several marks. */
export class TapeCounters {
  #total = NOTHING;
  readonly #marks = new Map<Mark, Transfers>();

  add(moved: Partial<Transfers>): void {
    this.#total = combined(this.#total, moved, (a, b) => a + b);
  }

  /** Begins anew for what asks by this mark. */
  mark(mark: Mark): void {
    this.#marks.set(mark, this.#total);
  }

  /** All, if nothing was marked so. */
  since(mark: Mark): Transfers {
    return combined(this.#total, this.#marks.get(mark) ?? NOTHING, (a, b) => a - b);
  }
}

import type { End } from './end.ts';
import type { Progress } from './progress.ts';

/**
 * What INFORMATION counts when a segment fails: units of so many bytes; zero whatever was written;
 * nothing. A segment that counts bytes begins `offset` bytes into a unit. Source: SPC-4 5.17.7.4.
 */
export type Residual =
  | { readonly unitBytes: number; readonly offset?: number }
  | 'zero' | 'none';

/** A segment that has been begun, and which bytes of the copy it writes. */
export interface SegmentRun {
  readonly index: number;
  source: End | undefined;
  destination: End | undefined;
  /** What it writes if all goes well. */
  writeBytes: number;
  residual: Residual;
  /** Bytes of the copy before its own. */
  readonly from: number;
  /** Bytes of the copy up to its end; undefined while it is being turned into moves. */
  to: number | undefined;
}

/** Tells which segments are done from the bytes that have been written. */
export class SegmentLog {
  readonly #runs: SegmentRun[] = [];
  readonly #progress: Progress;
  readonly #segmentCount: number;
  #doneCount = 0;
  #committedBytes = 0;

  constructor(progress: Progress, segmentCount: number) {
    this.#progress = progress;
    this.#segmentCount = segmentCount;
  }

  begin(index: number, from: number): SegmentRun {
    const run: SegmentRun = {
      index, source: undefined, destination: undefined, writeBytes: 0,
      residual: 'none', from, to: undefined };
    this.#runs.push(run);
    this.committed(this.#committedBytes);
    return run;
  }

  /** The segment writes nothing behind byte `to`. */
  end(run: SegmentRun, to: number): void {
    run.to = to;
    this.committed(this.#committedBytes);
  }

  /** So many bytes of the copy are written. */
  committed(byteLength: number): void {
    this.#committedBytes = byteLength;
    while (this.#isDone(this.#runs[this.#doneCount])) this.#doneCount += 1;
    this.#progress.transferBytes = byteLength;
    if (this.#runs.length === 0) return;
    this.#progress.segmentsProcessed = Math.min(this.#doneCount + 1, this.#segmentCount);
  }

  #isDone(run: SegmentRun | undefined): boolean {
    return run?.to !== undefined && run.to <= this.#committedBytes;
  }

  /** The segment that was begun last. */
  get last(): SegmentRun | undefined {
    return this.#runs.at(-1);
  }

  /** A segment by its number. */
  numbered(index: number | undefined): SegmentRun | undefined {
    return this.#runs.find((run) => run.index === index);
  }

  /** The segment that writes this byte of the copy. */
  at(byte: number): SegmentRun | undefined {
    return this.#runs.find(({ to }) => to === undefined || to > byte) ?? this.last;
  }
}

/**
 * INFORMATION of a copy that stopped: what is left of the segment, in the units that it counts.
 *
 * Undefined if nothing of it has been written. Source: SPC-4 5.17.7.4.
 */
export function residualOf(run: SegmentRun, committedBytes: number): number | undefined {
  const { residual, from, writeBytes } = run;
  const written = committedBytes - from;
  if (residual === 'none' || written <= 0) return undefined;
  if (residual === 'zero' || written >= writeBytes) return 0;
  const { unitBytes, offset = 0 } = residual;
  return Math.ceil((offset + writeBytes) / unitBytes)
    - Math.floor((offset + written) / unitBytes);
}

/** Bytes of the copy that count as written; of the failed segment, whole units if it has any. */
export function countedBytes(run: SegmentRun, written: number): number {
  const own = Math.max(0, written - run.from);
  const before = Math.min(written, run.from);
  const { residual } = run;
  if (typeof residual === 'string' || residual.offset !== undefined) return before + own;
  return before + own - own % residual.unitBytes;
}

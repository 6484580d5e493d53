import { type BytesByRung, RUNGS } from '../ports/mover.ts';

/** How far a copy has come; status commands read it and nothing else. */
export class Progress {
  /** Segments done and the one in progress; 0 before the first. */
  segmentsProcessed = 0;
  /** Bytes that have been written to destinations, without a gap from the start. */
  transferBytes = 0;
  /** Commands to copy sources and destinations that have ended well. */
  operationCounter = 0;
  readonly #byRung: Record<keyof BytesByRung, number> = { ...onlyBy('hole', 0) };

  get byRung(): BytesByRung {
    return { ...this.#byRung };
  }

  /** The copy has ended in a segment, after so many bytes. */
  stoppedAt(segmentsProcessed: number, transferBytes: number): void {
    this.segmentsProcessed = segmentsProcessed;
    this.transferBytes = transferBytes;
  }

  moved(byRung: BytesByRung): void {
    for (const way of [...RUNGS, 'hole'] as const) this.#byRung[way] += byRung[way];
  }
}

/** So many bytes by one way and none by the others. */
export function onlyBy(way: keyof BytesByRung, byteLength: number): BytesByRung {
  return { reflink: 0, direct: 0, kernel: 0, portable: 0, hole: 0, [way]: byteLength };
}

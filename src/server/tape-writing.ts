/** What WRITE does near the end of a tape; commands and copies both ask here. */
import type { Room } from '../media/tape-types.ts';
import { type StreamTransfer, transferBytes } from '../sam/medium-access.ts';
import type { Sense } from '../sense/sense.ts';

export interface WritePlan {
  /** Transfers that are written as a whole. */
  readonly transferCount: number;
  /** What the last of them reports, or the next one, which does not fit. */
  readonly sense: Sense | undefined;
  readonly lastIsDone: boolean;
  /** Records that still fit of a fixed transfer that does not. */
  readonly recordCount: number;
}

/** All was written, and the tape ends soon. Source: SSC-4 4.2.6, 5.6. */
export const EARLY_WARNING: Sense =
  { key: 'noSense', additional: 'endOfPartitionDetected', eom: true, information: 0 };

/** What `count` writes would do, up to the first that does not end with GOOD. Source: SSC-4 5.6. */
export function planWrite(room: Room, transfer: StreamTransfer, count: number): WritePlan {
  const bytes = transferBytes(transfer);
  const whole = { recordCount: 0 };
  // Quiet transfers end before the early warning point, not at it.
  const quiet = Math.max(0, Math.ceil(room.beforeEarlyWarning / bytes) - 1);
  if (count <= quiet) return { ...whole, transferCount: count, sense: undefined, lastIsDone: true };
  const fitting = Math.floor(room.beforeEndOfPartition / bytes);
  if (quiet < fitting) {
    return { ...whole, transferCount: quiet + 1, sense: EARLY_WARNING, lastIsDone: true };
  }
  const left = room.beforeEndOfPartition - fitting * bytes;
  const recordCount = transfer.fixed ? Math.floor(left / transfer.recordBytes) : 0;
  return {
    transferCount: fitting, recordCount, lastIsDone: false,
    sense: overflow(unmoved(transfer, recordCount)),
  };
}

/** INFORMATION of a transfer that did not move everything: records if FIXED, bytes otherwise. */
export const unmoved = (transfer: StreamTransfer, recordCount: number): number =>
  (transfer.fixed ? transfer.recordCount - recordCount : transfer.recordBytes);

/** The medium is full. Source: SSC-4 4.2.6. */
export const overflow = (information: number): Sense =>
  ({ key: 'volumeOverflow', additional: 'endOfPartitionDetected', eom: true, information });

/** What segments turn into: the words between planner and executor. */
import type { StreamTransfer } from '../sam/medium-access.ts';
import type { SenseError } from '../sense/sense.ts';
import type { Segment } from '../wire/copy/segments.ts';
import type { Side } from './aborted.ts';
import type { DeviceCommand } from './device-command.ts';
import type { End } from './end.ts';
import type { CopyLimits, CopyReadings } from './limits.ts';
import type { RodRange } from './rods.ts';
import type { Residual } from './segment-log.ts';

/** Bytes of a disk: `offset` counts from the block at `lba`, and may lie behind it. */
export interface BlockBytes {
  readonly lba: number;
  readonly offset: number;
  readonly byteLength: number;
  /** What the segment counts: blocks, or single bytes. */
  readonly unitBytes: number;
}

export interface Transfers {
  readonly transfer: StreamTransfer;
  readonly count: number;
}

/** What the executor does; it knows no descriptors. Byte lengths are of the queues' fronts. */
export type Step =
  /** Refuses a destination range that is not on the medium before anything of the segment moves. */
  | { readonly kind: 'claim'; readonly blocks: BlockBytes; readonly field: number }
  | { readonly kind: 'read'; readonly from: BlockBytes | Transfers }
  | { readonly kind: 'process'; readonly byteLength: number; readonly holds: boolean }
  | { readonly kind: 'discard'; readonly queue: Side; readonly byteLength: number;
    readonly holds: boolean }
  /** Bytes for the destination queue that no source gives. */
  | { readonly kind: 'append'; readonly piece: Constant }
  | { readonly kind: 'write'; readonly to: BlockBytes | Transfers }
  | { readonly kind: 'filemarks'; readonly count: number; readonly immediate: boolean }
  | { readonly kind: 'space'; readonly code: number; readonly count: number }
  | { readonly kind: 'locate'; readonly object: number }
  /** Blocks and filemarks of one tape to another, until so many filemarks follow each other. */
  | { readonly kind: 'tapeImage'; readonly filemarkCount: number }
  /** So many blocks, or up to the end of either disk if `blockCount` is 0. */
  | { readonly kind: 'blockImage'; readonly sourceLba: number; readonly destinationLba: number;
    readonly blockCount: number }
  | { readonly kind: 'command'; readonly side: Side; readonly command: DeviceCommand }
  /** A command for when all segments are done, or the copy has failed. */
  | { readonly kind: 'later'; readonly command: DeviceCommand }
  | { readonly kind: 'populate'; readonly cscdId: number; readonly ranges: readonly RodRange[] }
  | { readonly kind: 'fail'; readonly error: SenseError };

export type Constant =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly byteLength: number };

export interface SegmentPlan {
  /** What the segment writes if all goes well, padding included: the base of the residual. */
  readonly writeBytes: number;
  readonly residual: Residual;
  readonly steps: Iterable<Step>;
}

/** A segment with all that its steps follow from. */
export interface SegmentInput {
  readonly index: number;
  readonly value: Segment;
  /** What is processed is held for the application client. */
  readonly holds: boolean;
  /** The ends that its type has; of the classes that its type asks for. */
  readonly source: End | undefined;
  readonly destination: End | undefined;
  /** Lengths of the queues, in bytes. */
  readonly residue: { readonly source: number; readonly destination: number };
  readonly inlineData: Uint8Array;
  readonly limits: CopyLimits;
  readonly readings: CopyReadings;
  /** Bytes read from a tape in one round, if a transfer is not larger. */
  readonly roundBytes: number;
}

/** No data: the queues stay as they are, as with CAT. Source: SPC-4 table 116. */
export const without = (...steps: readonly Step[]): SegmentPlan =>
  ({ writeBytes: 0, residual: 'none', steps });

export const failing = (error: SenseError): SegmentPlan => without({ kind: 'fail', error });

import type { BlockMedium, StreamMedium } from '../sam/medium-access.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';

interface EndOfCopy {
  /** Undefined for the null logical unit. */
  readonly unit: LogicalUnit | undefined;
  /** Offset of its CSCD descriptor in the parameter list; undefined if an ID stands for it. */
  readonly descriptorAt: number | undefined;
  readonly pad: boolean;
}

export interface BlockEnd extends EndOfCopy {
  readonly kind: 'block';
  readonly medium: BlockMedium | undefined;
  /** Bytes of a logical block; 1 for the null logical unit, which has none. */
  readonly blockBytes: number;
}

export interface StreamEnd extends EndOfCopy {
  readonly kind: 'stream';
  readonly medium: StreamMedium | undefined;
  readonly fixed: boolean;
  /** STREAM BLOCK LENGTH; 0 if FIXED is 0. */
  readonly recordBytes: number;
}

/** A copy source or destination as its segment has found it. */
export type End = BlockEnd | StreamEnd;

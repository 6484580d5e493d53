import type { BlockMedium, StreamMedium } from '../sam/medium-access.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';

interface EndOfCopy {
  /** Undefined for a null device and for a ROD. */
  readonly unit: LogicalUnit | undefined;
  /** Offset of its CSCD descriptor in the parameter list; undefined if an ID stands for it. */
  readonly descriptorAt: number | undefined;
  readonly pad: boolean;
}

export interface BlockEnd extends EndOfCopy {
  readonly kind: 'block';
  readonly medium: BlockMedium | undefined;
  /** Bytes of a logical block; 1 for a null device, which has none. */
  readonly blockBytes: number;
}

export interface StreamEnd extends EndOfCopy {
  readonly kind: 'stream';
  readonly medium: StreamMedium | undefined;
  readonly fixed: boolean;
  /** STREAM BLOCK LENGTH; 0 if FIXED is 0. */
  readonly recordBytes: number;
}

/** A device that is sent a command and no data, of whatever class. */
export interface UnitEnd extends EndOfCopy {
  readonly kind: 'unit';
  readonly medium: undefined;
}

/** A copy source or destination as its segment has found it. */
export type End = BlockEnd | StreamEnd | UnitEnd;

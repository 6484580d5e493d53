/** What a copy knows of RODs; who keeps them stands behind these. Source: SPC-4 5.17.6. */
import type { BlockMedium } from '../sam/medium-access.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { Plan } from './plan.ts';

/** A range of blocks of the receiving logical unit. */
export interface RodRange {
  readonly lba: bigint;
  readonly blockCount: number;
}

/** The RODs of one copy, by the ID of their CSCD descriptor. They end with the copy. */
export interface CopyRods {
  /**
   * The ROD as a disk whose blocks are those of its ranges, one behind another; from now on it
   * cannot be populated any more.
   *
   * Throws: SenseError COPY ABORTED in this segment if it has no data.
   */
  medium(cscdId: number, segment: number, field: number): BlockMedium;

  /** Segments BEh and BFh. Throws: SenseError COPY ABORTED. */
  populate(cscdId: number, segment: number, ranges: readonly RodRange[]): Promise<void>;

  /** 07h: validates the token of a ROD that is given by one. Throws: SenseError. */
  verify(cscdId: number, segment: number): void;

  /**
   * The copy has ended without error: tokens for the RODs with R_TOKEN=1, as ROD token
   * descriptors. Throws: SenseError.
   */
  tokens(): Promise<readonly Uint8Array[]>;

  /** Gives everything up that has become no token. Idempotent. */
  close(): Promise<void>;
}

/** Makes the RODs of copies. */
export interface RodKeeper {
  /**
   * Takes the ROD CSCD descriptors of a list.
   *
   * Throws: SenseError ILLEGAL REQUEST for what is wrong before the first segment, tokens included.
   */
  open(plan: Plan, receiver: LogicalUnit, nexus: ItNexus): Promise<CopyRods>;
}

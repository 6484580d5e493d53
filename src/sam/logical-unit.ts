import type { AdditionalSense } from '../sense/codes.ts';
import type { SenseFormat } from '../sense/sense.ts';
import type { Command, ItNexus } from './command.ts';
import type { CommandTable } from './command-table.ts';
import type { MediumAccess } from './medium-access.ts';
import type { Reservation } from './reservation.ts';
import type { TaskSet } from './task-set.ts';
import type { UnitAttentions } from './unit-attention.ts';

/** A name of a logical unit as VPD page 83h gives it. Source: SPC-4 7.8.6. */
export interface Designator {
  readonly codeSet: number;
  /** 0 logical unit, 1 target port, 2 target device. */
  readonly association: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The object behind a LUN. Its commands are the rows of its table. */
export interface LogicalUnit {
  /** What the user called it; for messages. */
  readonly name: string;
  readonly peripheralDeviceType: number;
  readonly designators: readonly Designator[];
  readonly table: CommandTable;
  readonly attentions: UnitAttentions;
  readonly reservation: Reservation;
  readonly tasks: TaskSet;
  /** The format that the Control mode page asks for (D_SENSE). */
  readonly senseFormat: SenseFormat;
  /** What a copy can use it for; undefined for a changer. */
  readonly medium: MediumAccess | undefined;
  /** LOGICAL UNIT RESET: what is left to do once all tasks are aborted. */
  reset(): void;
  /** A command was not run: its nexus was told of this condition instead. */
  attentionReported?(command: Command, condition: AdditionalSense): void;
  /** The nexus is gone: prevent and the like end. */
  nexusLost(nexus: ItNexus): void;
}

/** Finds logical units as one I_T nexus sees them. */
export interface LogicalUnits {
  /** The reachable logical units, by LUN, ascending. */
  reachable(nexus: ItNexus): ReadonlyMap<number, LogicalUnit>;
}

import type { Fields, FieldsValue } from '../codec/layout.ts';
import type { Command, Result } from '../sam/command.ts';
import { type CommandEntry, entry, type Row } from '../sam/command-table.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { AccessKind } from '../sam/medium-access.ts';
import type { WhenReserved } from '../sam/persistent-state.ts';
import { whenReservedFor } from '../sam/reservation.ts';
import { leadingParts, refuseDataOut } from './parameter-data.ts';

/** A row of a command that uses the medium: what holds for all of them is a column. */
export interface MediumRow<F extends Fields> extends Omit<Row<F>, 'whenReserved' | 'run'> {
  readonly access: AccessKind;
  /** Where its access alone does not tell. */
  readonly whenReserved?: WhenReserved;
  /** In place of the checks of `access`. Throws: SenseError. */
  readonly admit?: () => void;
  /** Bytes of Data-Out that the CDB asks for; none without it. */
  dataOutBytes?(cdb: FieldsValue<F>, command: Command): number;
  /** Takes what there is if the initiator offers less than the CDB asks for. */
  readonly takesLess?: boolean;
  /** Takes nothing if the initiator offers more, for it then means something else. */
  readonly refusesMore?: boolean;
  /** `parts` holds the Data-Out that the CDB asks for, or less if the row takes less. */
  run(command: Command, cdb: FieldsValue<F>, parts: readonly Uint8Array[]):
    Promise<Result> | Result;
}

/** Throws: SenseError if the medium is not there or, for writes, is protected. */
export type Admit = (access: AccessKind) => void;

/** How a command comes to use the medium: when its turn has come. */
export type Around = (command: Command, work: () => Promise<Result>) => Promise<Result>;

/**
 * Makes rows of a device whose medium `admit` guards, within `around`, or at once without it. What
 * `protect` refuses is refused only when the CDB is right.
 */
export const mediumRows = (admit: Admit, around?: Around, protect: Admit = () => {}) =>
  <F extends Fields>(row: MediumRow<F>): CommandEntry => {
    const run = (command: Command, cdb: FieldsValue<F>): Promise<Result> | Result => {
      if (row.admit === undefined) admit(row.access);
      else row.admit();
      const byteLength = row.dataOutBytes?.(cdb, command);
      protect(row.access);
      if (byteLength === undefined) return row.run(command, cdb, []);
      return refuseDataOut(command, byteLength, row)
        ?? row.run(command, cdb, leadingParts(command.dataOut, byteLength));
    };
    return entry({
      ...row, whenReserved: row.whenReserved ?? whenReservedFor(row.access),
      run: (_unit: LogicalUnit, command: Command, cdb: FieldsValue<F>) =>
        (around === undefined ? run(command, cdb)
          : around(command, async () => run(command, cdb))),
    });
  };

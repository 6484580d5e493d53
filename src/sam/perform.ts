import { Malformed } from '../codec/finding.ts';
import { encodeSense, type Sense, SenseError } from '../sense/sense.ts';
import type { Command, Outcome, Result, StatusName } from './command.ts';
import { cdbError, type CommandEntry, refuseStrayBits } from './command-table.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { ReservationConflict } from './medium-access.ts';

/** Told of what is our fault, not the initiator's. */
export type ReportBug = (error: unknown, doing: string) => void;

/**
 * Runs one command: the checks that hold for every command, then its row. What its row has at once
 * is returned at once.
 *
 * The only place where an exception becomes a status; it never throws, and never rejects.
 * Source: SAM-5 5.14 (unit attention), SPC-4 5.13 (reservations), for the order of the checks.
 */
export function perform(
  unit: LogicalUnit, command: Command, reportBug: ReportBug): Outcome | Promise<Outcome> {
  let row: CommandEntry | undefined;
  const failed = (error: unknown): Outcome =>
    outcome(unit, command, toResult(error, row, command, reportBug));
  try {
    row = unit.table.rowsOf(command.cdb[0] ?? 0)[0];
    const attention = row?.ignoresUnitAttention ? undefined : unit.attentions.take(command.nexus);
    if (attention !== undefined) {
      unit.attentionReported?.(command, attention);
      return outcome(unit, command, { sense: { key: 'unitAttention', additional: attention } });
    }
    row = unit.table.lookUp(command.cdb);
    if (unit.reservation.conflicts(command.nexus, row.whenReserved(command.cdb))) {
      throw new ReservationConflict();
    }
    refuseStrayBits(row, command.cdb);
    const result = row.run(unit, command, padded(command.cdb, row.cdb.size));
    if (!(result instanceof Promise)) return outcome(unit, command, result);
    return result.then((later) => outcome(unit, command, later), failed);
  } catch (error) {
    return failed(error);
  }
}

/** Initiators may send a CDB without its last zeros. */
function padded(cdb: Uint8Array, size: number): Uint8Array {
  if (cdb.length === size) return cdb;
  if (cdb.length > size) return cdb.subarray(0, size);
  const whole = new Uint8Array(size);
  whole.set(cdb);
  return whole;
}

function toResult(
  error: unknown, row: CommandEntry | undefined, command: Command, reportBug: ReportBug): Result {
  if (error instanceof SenseError) return { sense: error.sense, wantedBytes: 0 };
  if (error instanceof ReservationConflict) {
    return { status: 'reservationConflict', wantedBytes: 0 };
  }
  if (error instanceof Malformed && row !== undefined) {
    return { sense: cdbError(row, error).sense, wantedBytes: 0 };
  }
  if (command.signal.aborted) return { status: 'taskAborted', wantedBytes: 0 };
  reportBug(error, row?.name ?? 'a command');
  return { sense: { key: 'hardwareError', additional: 'internalTargetFailure' }, wantedBytes: 0 };
}

function outcome(unit: LogicalUnit, command: Command, result: Result): Outcome {
  const dataIn = result.dataIn ?? [];
  const inBytes = dataIn.reduce((sum, part) => sum + part.length, 0);
  return {
    status: result.status ?? statusFor(result.sense),
    sense: result.sense === undefined ? undefined : encodeSense(result.sense, unit.senseFormat),
    dataIn,
    wantedBytes: result.wantedBytes ?? (inBytes > 0 ? inBytes : command.expectedOutBytes),
  };
}

const statusFor = (sense: Sense | undefined): StatusName =>
  (sense === undefined || sense.key === 'completed' ? 'good' : 'checkCondition');

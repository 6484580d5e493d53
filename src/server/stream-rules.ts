/** What the commands of a tape drive have in common. */
import { MOVE_BYTES_MAX } from '../ports/mover.ts';
import type { Result } from '../sam/command.ts';
import type { StreamTransfer } from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import type { mediumRows } from './medium-row.ts';
import { invalidCdbField } from './parameter-data.ts';
import type { TapeUnit } from './tape.ts';

export type MakeRow = ReturnType<typeof mediumRows>;

export const NO_DATA: Result = { wantedBytes: 0 };

export interface TransferCdb {
  readonly fixed: boolean;
  readonly length: number;
}

/** What a CDB asks for. Throws: SenseError if the drive's block length or limits forbid it. */
export function transferOf(unit: TapeUnit, { fixed, length }: TransferCdb): StreamTransfer {
  const { blockBytes } = unit.drive;
  if (!fixed) return { fixed, recordBytes: length, recordCount: 1 };
  if (blockBytes === 0) {
    throw invalidCdbField('Cannot move fixed blocks: the drive is in variable mode', 1, 0);
  }
  if (length * blockBytes > MOVE_BYTES_MAX) {
    throw invalidCdbField(`Cannot move ${length} blocks of ${blockBytes} bytes with one command: `
      + `the limit is ${MOVE_BYTES_MAX} bytes`, 2);
  }
  return { fixed, recordBytes: blockBytes, recordCount: length };
}

/** Throws: SenseError if the tape has no such partition; `byte` of the CDB names it. */
export function assertPartition(unit: TapeUnit, partition: number, byte: number): void {
  const { partitionCount } = unit.drive.tape;
  if (partition < partitionCount) return;
  throw invalidCdbField(
    `Cannot use partition ${partition}: the tape has ${partitionCount}`, byte);
}

/** Where an explicit address says that a command begins. */
export interface ExplicitAddress {
  readonly partition: number;
  readonly object: bigint;
}

const isAt = ({ drive }: TapeUnit, { partition, object }: ExplicitAddress): boolean =>
  partition === drive.partition && object === BigInt(drive.position);

/**
 * Writing has to be where its sender believes the tape to be; elsewhere nothing is done.
 *
 * Throws: SenseError SEQUENTIAL POSITIONING ERROR.
 */
export function assertPosition(unit: TapeUnit, address: ExplicitAddress): void {
  assertPartition(unit, address.partition, 3);
  if (isAt(unit, address)) return;
  const { drive } = unit;
  throw new SenseError('illegalRequest', 'sequentialPositioningError',
    `Cannot work at object ${address.object} of partition ${address.partition}: the tape is at `
    + `${drive.position} of ${drive.partition}`);
}

/** Reading begins at its address, wherever the tape stands. Throws: SenseError, as LOCATE. */
export async function goTo(unit: TapeUnit, address: ExplicitAddress): Promise<void> {
  assertPartition(unit, address.partition, 3);
  if (!isAt(unit, address)) await unit.drive.locate(Number(address.object), address.partition);
}

/**
 * The first command of a sequence (FCS) says where it is to be written; the others have to follow
 * it there. Throws: SenseError.
 */
export async function beginWriting(
  unit: TapeUnit, { fcs, ...address }: ExplicitAddress & { readonly fcs: boolean }): Promise<void> {
  if (fcs) await goTo(unit, address);
  else assertPosition(unit, address);
}

/** READ and WRITE of tapes, where they stand and at explicit addresses. Source: SSC-4 5, 6. */
import type { Command, Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { transferBytes } from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import {
  streamRead16Cdb, streamRead6Cdb, streamWrite16Cdb, streamWrite6Cdb,
} from '../wire/ssc/cdbs.ts';
import { invalidCdbField } from './parameter-data.ts';
import {
  beginWriting, goTo, type MakeRow, NO_DATA, type TransferCdb, transferOf,
} from './stream-rules.ts';
import type { TapeUnit } from './tape.ts';
import { RECORD_BYTES_MAX } from './tape-drive.ts';

export const transferCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x08, name: 'READ(6)', source: streamRead6Cdb.source, cdb: streamRead6Cdb,
    access: 'read',
    run: (command, cdb) => read(unit, command, cdb),
  }),
  medium({
    opcode: 0x88, name: 'READ(16)', source: streamRead16Cdb.source, cdb: streamRead16Cdb,
    access: 'read',
    run: (command, cdb) => read(unit, command, cdb, () => goTo(unit, cdb)),
  }),
  medium({
    opcode: 0x0a, name: 'WRITE(6)', source: streamWrite6Cdb.source, cdb: streamWrite6Cdb,
    access: 'write', dataOutBytes: (cdb) => writtenBytes(unit, cdb, LENGTH_AT.six),
    run: (_command, cdb, parts) => write(unit, cdb, parts),
  }),
  medium({
    opcode: 0x8a, name: 'WRITE(16)', source: streamWrite16Cdb.source, cdb: streamWrite16Cdb,
    access: 'write', dataOutBytes: (cdb) => writtenBytes(unit, cdb, LENGTH_AT.sixteen),
    run: (_command, cdb, parts) => write(unit, cdb, parts, () => beginWriting(unit, cdb)),
  }),
];

/** Bytes of the CDBs where TRANSFER LENGTH stands. */
const LENGTH_AT = { six: 2, sixteen: 12 } as const;

/** Takes the tape to an explicit address, after all that is wrong with the CDB was found. */
type Position = () => Promise<void>;

const here: Position = async () => {};

async function read(
  unit: TapeUnit, command: Command, cdb: TransferCdb & { readonly sili: boolean },
  position = here): Promise<Result> {
  if (cdb.sili && cdb.fixed) {
    throw invalidCdbField('Cannot suppress incorrect lengths of fixed blocks', 1, 1);
  }
  const transfer = transferOf(unit, cdb);
  await position();
  if (cdb.length === 0) return NO_DATA;
  const { sense, parts, byteLength } =
    await unit.drive.read(transfer, cdb.sili, command.expectedInBytes);
  return { dataIn: parts, wantedBytes: byteLength, ...(sense === undefined ? {} : { sense }) };
}

function writtenBytes(unit: TapeUnit, cdb: TransferCdb, lengthAt: number): number {
  const transfer = transferOf(unit, cdb);
  if (transfer.recordBytes <= RECORD_BYTES_MAX) return transferBytes(transfer);
  throw invalidCdbField(`Cannot write a record of ${transfer.recordBytes} bytes: the limit is `
    + `${RECORD_BYTES_MAX}`, lengthAt);
}

async function write(
  unit: TapeUnit, cdb: TransferCdb, parts: readonly Uint8Array[],
  position = here): Promise<Result> {
  const transfer = transferOf(unit, cdb);
  const wantedBytes = transferBytes(transfer);
  await position();
  if (wantedBytes === 0) return NO_DATA;
  try {
    await unit.drive.write(transfer, parts);
    return { wantedBytes };
  } catch (error) {
    // All of the data was taken, whether it then had room or not.
    if (error instanceof SenseError) return { sense: error.sense, wantedBytes };
    throw error;
  }
}

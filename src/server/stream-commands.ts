import type { Command, Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import { type StreamTransfer, transferBytes } from '../sam/medium-access.ts';
import { SenseError } from '../sense/sense.ts';
import {
  loadUnloadCdb, locate10Cdb, locate16Cdb, rewindCdb, space16Cdb, space6Cdb,
  streamRead6Cdb, streamWrite6Cdb, writeFilemarks16Cdb, writeFilemarks6Cdb,
} from '../wire/ssc/cdbs.ts';
import { attributeCommands } from './attribute-commands.ts';
import { mediumRows } from './medium-row.ts';
import { invalidCdbField } from './parameter-data.ts';
import {
  assertPartition, assertPosition, type MakeRow, NO_DATA, transferOf,
} from './stream-rules.ts';
import type { TapeUnit } from './tape.ts';
import { RECORD_BYTES_MAX } from './tape-drive.ts';
import { tapeMediumCommands } from './tape-medium-commands.ts';
import { tapeReportCommands } from './tape-report-commands.ts';

/**
 * The commands of a tape drive. Those that use the medium run one after the other, in order of
 * arrival; what only reports is answered at once. Source: SSC-4 5, 7.
 */
export function streamCommands(unit: TapeUnit): CommandEntry[] {
  const report = mediumRows((access) => unit.assertAccess(access));
  const medium = mediumRows((access) => unit.assertAccess(access),
    (command, work) => unit.drive.lock.run(command.signal, work));
  return [
    ...transferCommands(unit, medium),
    ...filemarkCommands(unit, medium),
    ...motionCommands(unit, medium),
    loadUnload(unit),
    ...tapeMediumCommands(unit, medium),
    ...attributeCommands(unit, report, medium),
    ...tapeReportCommands(unit, report),
  ];
}

const transferCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x08, name: 'READ(6)', source: streamRead6Cdb.source, cdb: streamRead6Cdb,
    access: 'read',
    async run(command, cdb): Promise<Result> {
      if (cdb.sili && cdb.fixed) {
        throw invalidCdbField('Cannot suppress incorrect lengths of fixed blocks', 1, 1);
      }
      const transfer = transferOf(unit, cdb);
      if (cdb.length === 0) return NO_DATA;
      return read(unit, command, transfer, cdb.sili);
    },
  }),
  medium({
    opcode: 0x0a, name: 'WRITE(6)', source: streamWrite6Cdb.source, cdb: streamWrite6Cdb,
    access: 'write',
    dataOutBytes(cdb) {
      const transfer = transferOf(unit, cdb);
      if (transfer.recordBytes <= RECORD_BYTES_MAX) return transferBytes(transfer);
      throw invalidCdbField(`Cannot write a record of ${transfer.recordBytes} bytes: the limit is `
        + `${RECORD_BYTES_MAX}`, 2);
    },
    async run(_command, cdb, parts): Promise<Result> {
      const transfer = transferOf(unit, cdb);
      const wantedBytes = transferBytes(transfer);
      if (wantedBytes === 0) return NO_DATA;
      try {
        await unit.drive.write(transfer, parts);
        return { wantedBytes };
      } catch (error) {
        // All of the data was taken, whether it then had room or not.
        if (error instanceof SenseError) return { sense: error.sense, wantedBytes };
        throw error;
      }
    },
  }),
];

async function read(
  unit: TapeUnit, command: Command, transfer: StreamTransfer, sili: boolean): Promise<Result> {
  const { sense, parts, byteLength } =
    await unit.drive.read(transfer, sili, command.expectedInBytes);
  return { dataIn: parts, wantedBytes: byteLength, ...(sense === undefined ? {} : { sense }) };
}

const filemarkCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x10, name: 'WRITE FILEMARKS(6)', source: writeFilemarks6Cdb.source,
    cdb: writeFilemarks6Cdb, access: 'write',
    async run(_command, { count, immed }) {
      await unit.drive.writeFilemarks(count, immed);
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x80, name: 'WRITE FILEMARKS(16)', source: writeFilemarks16Cdb.source,
    cdb: writeFilemarks16Cdb, access: 'write',
    async run(_command, { count, immed, partition, object }) {
      assertPosition(unit, partition, object);
      await unit.drive.writeFilemarks(count, immed);
      return NO_DATA;
    },
  }),
];

const DESTINATION = { object: 0, file: 1, endOfData: 3 } as const;

/** IMMED only allows an early status; it comes when the tape is there. */
const motionCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x01, name: 'REWIND', source: rewindCdb.source, cdb: rewindCdb, access: 'read',
    async run() {
      await unit.drive.rewind();
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x11, name: 'SPACE(6)', source: space6Cdb.source, cdb: space6Cdb, access: 'read',
    async run(_command, { code, count }) {
      await unit.drive.space(code, count);
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x91, name: 'SPACE(16)', source: space16Cdb.source, cdb: space16Cdb, access: 'read',
    async run(_command, { code, count }) {
      await unit.drive.space(code, Number(count));
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x2b, name: 'LOCATE(10)', source: locate10Cdb.source, cdb: locate10Cdb, access: 'read',
    async run(_command, { cp, object, partition }) {
      if (cp) assertPartition(unit, partition, 8);
      await unit.drive.locate(object, cp ? partition : undefined);
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x92, name: 'LOCATE(16)', source: locate16Cdb.source, cdb: locate16Cdb, access: 'read',
    async run(_command, { cp, partition, destination, identifier }) {
      if (cp) assertPartition(unit, partition, 3);
      const { drive } = unit;
      const to = cp ? partition : undefined;
      if (destination === DESTINATION.endOfData) await drive.locateEndOfData(to);
      else if (destination === DESTINATION.file) await drive.locateFile(Number(identifier), to);
      else await drive.locate(Number(identifier), to);
      return NO_DATA;
    },
  }),
];

/**
 * An unloaded cartridge stays in the drive, until it is loaded again or taken out. Of a load every
 * nexus is told, its own as well: until then Linux knows no position after `mt load`.
 */
const loadUnload = (unit: TapeUnit): CommandEntry => entry({
  opcode: 0x1b, name: 'LOAD UNLOAD', source: loadUnloadCdb.source, cdb: loadUnloadCdb,
  whenReserved: 'conflict',
  run: (_unit, { signal }, { load }) => unit.drive.lock.run(signal, async () => {
    if (load) {
      const isNew = await unit.drive.load();
      if (isNew) unit.attentions.establish('mediumMayHaveChanged');
      return NO_DATA;
    }
    if (unit.prevention.isPrevented) {
      throw new SenseError('illegalRequest', 'mediumRemovalPrevented',
        `Cannot unload ${unit.name}: medium removal is prevented`);
    }
    await unit.drive.unload();
    return NO_DATA;
  }),
});

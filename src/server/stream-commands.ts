import { type CommandEntry, entry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import {
  loadUnloadCdb, locate10Cdb, locate16Cdb, rewindCdb, space16Cdb, space6Cdb, writeFilemarks16Cdb,
  writeFilemarks6Cdb,
} from '../wire/ssc/cdbs.ts';
import { attributeCommands } from './attribute-commands.ts';
import { logSelect } from './log-select.ts';
import { mediumRows } from './medium-row.ts';
import { assertPartition, beginWriting, type MakeRow, NO_DATA } from './stream-rules.ts';
import { transferCommands } from './stream-transfers.ts';
import type { TapeUnit } from './tape.ts';
import { bufferCommands } from './tape-buffers.ts';
import { informationCommands, timestampCommands } from './tape-information.ts';
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
  const rows = [
    ...transferCommands(unit, medium),
    ...filemarkCommands(unit, medium),
    ...motionCommands(unit, medium),
    loadUnload(unit),
    ...tapeMediumCommands(unit, medium),
    ...attributeCommands(unit, report, medium),
    ...tapeReportCommands(unit, report),
  ];
  return [
    ...rows.map((row) => unit.drive.alerts.watch(row)),
    ...bufferCommands(unit.buffers),
    ...(unit.state === undefined ? [] : informationCommands(unit, unit.state)),
    ...(unit.clock === undefined ? [] : timestampCommands(unit, unit.clock)),
    logSelect([...unit.logPages, ...unit.extraLogPages]),
  ];
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
    async run(_command, cdb) {
      await beginWriting(unit, cdb);
      await unit.drive.writeFilemarks(cdb.count, cdb.immed);
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

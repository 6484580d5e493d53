/** What changes or checks a tape as a whole. Source: SSC-4 5.2, 5.5, 6.2, 6.5, 7.1, 7.2, 7.12. */
import { concat } from '../bytes/concat.ts';
import { PARTITION_BYTES_MIN } from '../media/cartridge-label.ts';
import type { Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { transferBytes } from '../sam/medium-access.ts';
import type { Sense } from '../sense/sense.ts';
import {
  allowOverwriteCdb, erase16Cdb, erase6Cdb, formatMediumCdb, setCapacityCdb, streamVerify16Cdb,
  streamVerify6Cdb,
} from '../wire/ssc/cdbs.ts';
import {
  assertPosition, beginWriting, goTo, type MakeRow, NO_DATA, transferOf,
} from './stream-rules.ts';
import type { TapeUnit } from './tape.ts';

export const tapeMediumCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  ...eraseCommands(unit, medium), ...layoutCommands(unit, medium),
  ...verifyCommands(unit, medium),
];

/** LONG says how far; what is behind the new end of data is gone either way. */
const eraseCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x19, name: 'ERASE(6)', source: erase6Cdb.source, cdb: erase6Cdb, access: 'write',
    async run() {
      await unit.drive.erase();
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x93, name: 'ERASE(16)', source: erase16Cdb.source, cdb: erase16Cdb, access: 'write',
    async run(_command, cdb) {
      await beginWriting(unit, cdb);
      await unit.drive.erase();
      return NO_DATA;
    },
  }),
];

const FORMAT_DEFAULT = 0;
const WHOLE_CAPACITY = 0xffff;

const layoutCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x04, name: 'FORMAT MEDIUM', source: formatMediumCdb.source, cdb: formatMediumCdb,
    access: 'write',
    async run(_command, { format }) {
      const { capacityBytes } = unit.drive.tape.label;
      await unit.drive.format(format === FORMAT_DEFAULT ? [capacityBytes]
        : unit.partitions.wantedBytes(capacityBytes));
      unit.partitions.formatted();
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x0b, name: 'SET CAPACITY', source: setCapacityCdb.source, cdb: setCapacityCdb,
    access: 'write',
    async run(_command, { proportion }) {
      const whole = unit.drive.tape.label.capacityBytes;
      const share = Math.floor((whole * proportion) / WHOLE_CAPACITY);
      await unit.drive.format([Math.max(PARTITION_BYTES_MIN, share)]);
      return NO_DATA;
    },
  }),
  medium({
    opcode: 0x82, name: 'ALLOW OVERWRITE', source: allowOverwriteCdb.source,
    cdb: allowOverwriteCdb, access: 'write',
    run(_command, { allow, partition, object }) {
      const { guard } = unit.drive;
      if (allow === ALLOW.position) {
        assertPosition(unit, { partition, object });
        guard.allowed = { kind: 'position', partition, object: Number(object) };
      } else guard.allowed = { kind: allow === ALLOW.format ? 'format' : 'nothing' };
      return NO_DATA;
    },
  }),
];

const ALLOW = { position: 1, format: 2 } as const;

interface VerifyCdb {
  readonly fixed: boolean;
  readonly bytCmp: boolean;
  readonly length: number;
}

const verifyCommands = (unit: TapeUnit, medium: MakeRow): CommandEntry[] => [
  medium({
    opcode: 0x13, name: 'VERIFY(6)', source: streamVerify6Cdb.source, cdb: streamVerify6Cdb,
    access: 'read', dataOutBytes: (cdb) => comparedBytes(unit, cdb),
    run: (_command, cdb, parts) => verify(unit, cdb, parts),
  }),
  medium({
    opcode: 0x8f, name: 'VERIFY(16)', source: streamVerify16Cdb.source, cdb: streamVerify16Cdb,
    access: 'read', dataOutBytes: (cdb) => comparedBytes(unit, cdb),
    async run(_command, cdb, parts) {
      await goTo(unit, cdb);
      return verify(unit, cdb, parts);
    },
  }),
];

const comparedBytes = (unit: TapeUnit, cdb: VerifyCdb): number =>
  (cdb.bytCmp ? transferBytes(transferOf(unit, cdb)) : 0);

const MISCOMPARE: Sense = { key: 'miscompare', additional: 'miscompareDuringVerify' };

/** As a READ that gives no data, but that compares what it reads with what was sent. */
async function verify(
  unit: TapeUnit, cdb: VerifyCdb, sent: readonly Uint8Array[]): Promise<Result> {
  const wantedBytes = comparedBytes(unit, cdb);
  if (cdb.length === 0) return NO_DATA;
  const transfer = transferOf(unit, cdb);
  const { sense, parts } = await unit.drive.read(transfer, false, transferBytes(transfer));
  const found = concat(parts);
  const isEqual = !cdb.bytCmp
    || Buffer.compare(found, concat(sent).subarray(0, found.length)) === 0;
  const told = isEqual ? sense : MISCOMPARE;
  return { wantedBytes, ...(told === undefined ? {} : { sense: told }) };
}

import { type CommandEntry, entry } from '../sam/command-table.ts';
import { readBlockLimitsCdb, readPositionCdb, reportDensitySupportCdb } from '../wire/ssc/cdbs.ts';
import {
  blockLimits, extendedPosition, longPosition, maximumObjectIdentifier, shortPosition,
} from '../wire/ssc/data.ts';
import { densityReport } from './densities.ts';
import { parameterData } from './parameter-data.ts';
import type { MakeRow } from './stream-rules.ts';
import type { TapeUnit } from './tape.ts';
import { RECORD_BYTES_MAX, RECORD_BYTES_MIN, type TapeDrive } from './tape-drive.ts';

/** The cartridge's index counts objects with 48 bits. */
const OBJECT_MAX = 2n ** 48n - 1n;

/** What is answered without waiting for the medium. Source: SSC-4 7.6, 7.7, 7.10. */
export function tapeReportCommands(unit: TapeUnit, report: MakeRow): CommandEntry[] {
  return [
    report({
      opcode: 0x34, name: 'READ POSITION', source: readPositionCdb.source, cdb: readPositionCdb,
      access: 'read',
      run: (_command, { form, allocationLength }) => {
        const data = positionData(unit.drive, form);
        // Only the extended form has an allocation length.
        return parameterData(data, form === FORM.extended ? allocationLength : data.length);
      },
    }),
    entry({
      opcode: 0x05, name: 'READ BLOCK LIMITS', source: readBlockLimitsCdb.source,
      cdb: readBlockLimitsCdb, whenReserved: 'query',
      run(_unit, _command, { mloi }) {
        const data = mloi ? maximumObjectIdentifier.encode({ maximum: OBJECT_MAX })
          : blockLimits.encode(
            { granularity: 0, maximum: RECORD_BYTES_MAX, minimum: RECORD_BYTES_MIN });
        return parameterData(data, data.length);
      },
    }),
    entry({
      opcode: 0x44, name: 'REPORT DENSITY SUPPORT', source: reportDensitySupportCdb.source,
      cdb: reportDensitySupportCdb, whenReserved: 'query',
      run: (_unit, _command, { media, mediumType, allocationLength }) => parameterData(
        densityReport({
          generation: unit.drive.generation, mediumType,
          mounted: media ? unit.drive.tape.label : undefined,
        }), allocationLength),
    }),
  ];
}

const FORM = { long: 0x06, extended: 0x08 } as const;
const OBJECT_SHORT_MAX = 0xffff_ffff;

/** What is buffered is counted as on the medium: it is read back all the same. */
function positionData(drive: TapeDrive, form: number): Uint8Array {
  const { tape, position, partition } = drive;
  const flags = {
    bop: position === 0, eop: tape.isPastEarlyWarning(position),
    bpew: drive.guard.isInWarningZone(tape.room(position)),
  };
  if (form === FORM.long) {
    return longPosition.encode({
      ...flags, mpu: false, lonu: false, partition, object: BigInt(position),
      file: BigInt(tape.filemarksBefore(position)) });
  }
  const known = { ...flags, locu: false, bycu: false, lolu: false, partition };
  if (form === FORM.extended) {
    return extendedPosition.encode({
      ...known, perr: false, additionalLength: 0x1c, bufferedObjects: 0,
      firstObject: BigInt(position), lastObject: BigInt(position), bufferedBytes: 0n });
  }
  const fits = position <= OBJECT_SHORT_MAX;
  const object = fits ? position : 0;
  return shortPosition.encode({
    ...known, perr: !fits, firstObject: object, lastObject: object, bufferedObjects: 0,
    bufferedBytes: 0 });
}

import { concat } from '../bytes/concat.ts';
import { dataOutOf, type Command, type Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { formatUnitCdb } from '../wire/sbc/format-cdbs.ts';
import {
  formatLongHeader, formatShortHeader, initializationPattern, PATTERN_TYPE,
} from '../wire/sbc/format-data.ts';
import { family } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import type { Erasure } from './erasure.ts';
import { beginWork, endOfWork } from './medium-work.ts';
import { invalidListField, readList } from './parameter-data.ts';

type FormatUnit = { readonly formatData: boolean; readonly longList: boolean };

/**
 * FORMAT UNIT: all blocks are unmapped and read zeros, or are filled with a pattern. Their length
 * stays. There are no defects, so a list of them is refused. Source: SBC-3 5.3.
 */
export const formatUnit = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x04, formatUnitCdb]], () => ({
    access: 'write', admit: () => disk.assertMayErase(),
    dataOutBytes: ({ formatData, longList }: FormatUnit, command) =>
      (formatData ? listBytes(dataOutOf(command), longList) : 0),
    async run(command: Command, { formatData, longList }: FormatUnit, parts): Promise<Result> {
      const list = concat(parts);
      const { erasure, immed } = formatData
        ? formatting(disk, list, longList) : { erasure: UNMAPPED, immed: false };
      await beginWork(disk, { command: 'format', erasure, canExit: true });
      return endOfWork(disk, command, immed, list.length);
    },
  }));

const UNMAPPED: Erasure = { kind: 'unmap' };

const headerOf = (longList: boolean) => (longList ? formatLongHeader : formatShortHeader);

/** The CDB does not tell how long the list is: the list itself does. */
function listBytes(list: Uint8Array, longList: boolean): number {
  const header = headerOf(longList);
  if (list.length < header.size) return header.size;
  const { pattern, defectListLength } = header.decode(list).value;
  if (!pattern) return header.size + defectListLength;
  const patternEnd = header.size + initializationPattern.size;
  if (list.length < patternEnd) return patternEnd;
  return patternEnd + initializationPattern.decode(list, header.size).value.length
    + defectListLength;
}

/** Throws: SenseError. */
function formatting(
  disk: DiskUnit, list: Uint8Array, longList: boolean): { erasure: Erasure; immed: boolean } {
  const layout = headerOf(longList);
  const header = longList
    ? readList(formatLongHeader, list, 0) : readList(formatShortHeader, list, 0);
  const { optionsValid, noPrimaryList, noCertification, stopFormat, pattern, immed } = header;
  if (!optionsValid && (noPrimaryList || noCertification || stopFormat || pattern)) {
    throw invalidListField(`Cannot format ${disk.name}: options are set without FOV`, 1, 7);
  }
  if (header.defectListLength !== 0) {
    throw invalidListField(`Cannot format ${disk.name}: a list of ${header.defectListLength} bytes `
      + 'names defects, of which a file has none', layout.fields.defectListLength.at);
  }
  return { immed, erasure: pattern ? filling(disk, list, layout.size) : UNMAPPED };
}

function filling(disk: DiskUnit, list: Uint8Array, at: number): Erasure {
  const { type, length, pattern } = readList(initializationPattern, list, at);
  if (type === PATTERN_TYPE.byDefault) return UNMAPPED;
  if (length > disk.blockBytes) {
    throw invalidListField(
      `Cannot format ${disk.name}: a pattern of ${length} bytes is longer than a block`, at + 2);
  }
  return {
    kind: 'overwrite', pattern: new Uint8Array(pattern.subarray(0, length)), passCount: 1,
    invert: false,
  };
}

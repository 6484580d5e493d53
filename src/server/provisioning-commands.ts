import { concat } from '../bytes/concat.ts';
import type { Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { unmapCdb, writeSame10Cdb, writeSame16Cdb } from '../wire/sbc/cdbs.ts';
import { unmapDescriptor, unmapList } from '../wire/sbc/data.ts';
import { type BlockRange, family, rangeOf } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import { invalidListField, listLengthError, readList } from './parameter-data.ts';

/** A pattern is written in steps of about this many bytes. */
const STEP_BYTES = 1024 * 1024;

/** UNMAP and WRITE SAME. Source: SBC-3 5.26, 5.44, 5.45. */
export const provisioningCommands = (disk: DiskUnit): CommandEntry[] => [
  ...unmap(disk), ...writeSame(disk),
];

const unmap = (disk: DiskUnit): CommandEntry[] => family(disk, [[0x42, unmapCdb]], () => ({
  access: 'write',
  dataOutBytes: (cdb: { parameterListLength: number }) => cdb.parameterListLength,
  async run(_command, { parameterListLength }: { parameterListLength: number }, parts) {
    for (const { lba, blockCount } of unmapRanges(disk, concat(parts))) {
      await disk.locks.hold(lba, blockCount, 'alone', () => disk.unmap(lba, blockCount));
    }
    await disk.settle(false);
    return { wantedBytes: parameterListLength };
  },
}));

interface Range {
  readonly lba: number;
  readonly blockCount: number;
}

/** All ranges of a parameter list; nothing is unmapped if one of them is wrong. */
function unmapRanges(disk: DiskUnit, list: Uint8Array): Range[] {
  if (list.length === 0) return [];
  if (list.length < unmapList.size) {
    throw listLengthError(`Cannot unmap: the list has ${list.length} bytes, its header 8`);
  }
  const count = Math.floor(readList(unmapList, list, 0).descriptorLength / unmapDescriptor.size);
  if (count > disk.limits.unmapDescriptors) {
    throw invalidListField(`Cannot unmap: ${count} descriptors are more than `
      + `${disk.limits.unmapDescriptors}`, 2);
  }
  const ranges = Array.from({ length: count }, (_, i) => {
    const { lba, blockCount } = unmapDescriptor.read(list, 8 + i * unmapDescriptor.size);
    return { lba: Number(lba), blockCount };
  });
  const total = ranges.reduce((sum, { blockCount }) => sum + blockCount, 0);
  if (total > disk.limits.unmapBlocks) {
    throw invalidListField(`Cannot unmap: ${total} blocks are more than `
      + `${disk.limits.unmapBlocks}`, 8 + 8);
  }
  for (const { lba, blockCount } of ranges) disk.assertRange(lba, blockCount);
  return ranges.filter(({ blockCount }) => blockCount > 0);
}

/** WRITE SAME(16) alone has NDOB. */
type WriteSame = BlockRange & { readonly unmap: boolean; readonly ndob?: boolean };

const writeSame = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x41, writeSame10Cdb], [0x93, writeSame16Cdb]], (layout) => ({
    access: 'write', refusesMore: true,
    dataOutBytes(cdb: WriteSame) {
      rangeOf(disk, layout, sameRange(disk, cdb), disk.limits.writeSameBlocks);
      return cdb.ndob ? 0 : disk.blockBytes;
    },
    async run(_command, cdb: WriteSame, parts): Promise<Result> {
      const { lba, blockCount } = sameRange(disk, cdb);
      const pattern = cdb.ndob ? new Uint8Array(disk.blockBytes) : concat(parts);
      if (blockCount > 0) {
        await disk.locks.hold(lba, blockCount, 'alone', () => (unmaps(cdb, pattern)
          ? disk.unmap(lba, blockCount) : writePattern(disk, lba, blockCount, pattern)));
      }
      await disk.settle(false);
      return { wantedBytes: cdb.ndob ? 0 : disk.blockBytes };
    },
  }));

/**
 * With UNMAP a device server may unmap whatever the pattern is (SBC-4, ANCHOR bit, UNMAP bit, and
 * ANC_SUP bit relationships). Here a pattern that unmapped blocks would not read as (LBPRZ) is
 * written, but not up to the last block: libiscsi's suite (WriteSame10.UnmapUntilEnd) sends
 * whatever is in its buffer then, and wants zeros.
 */
const unmaps = (cdb: WriteSame, pattern: Uint8Array): boolean =>
  cdb.unmap && (cdb.blockCount === 0 || pattern.every((byte) => byte === 0));

/** 0 blocks stand for all up to the last one (WSNZ is 0). */
function sameRange(disk: DiskUnit, cdb: WriteSame): Range {
  const lba = Number(cdb.lba);
  return { lba, blockCount: cdb.blockCount || Math.max(0, disk.blockCount - lba) };
}

async function writePattern(
  disk: DiskUnit, lba: number, blockCount: number, pattern: Uint8Array): Promise<void> {
  const stepBlocks = Math.min(blockCount, STEP_BYTES / pattern.length);
  const step = Buffer.alloc(stepBlocks * pattern.length, pattern);
  for (let done = 0; done < blockCount; done += stepBlocks) {
    const blocks = Math.min(stepBlocks, blockCount - done);
    await disk.write(lba + done, [step.subarray(0, blocks * pattern.length)]);
  }
}

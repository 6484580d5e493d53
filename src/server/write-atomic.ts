import type { CommandEntry } from '../sam/command-table.ts';
import { writeAtomic16Cdb } from '../wire/sbc/cdbs.ts';
import { type BlockRange, family, rangeOf } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import { invalidCdbField } from './parameter-data.ts';

type WriteAtomic = BlockRange & { readonly boundary: number };

/**
 * WRITE ATOMIC(16): all of its blocks or none, even if the host fails meanwhile; it is durable
 * with FUA and without. Source: SBC-4 4.29, 5.46.
 */
export const writeAtomic = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x9c, writeAtomic16Cdb]], (layout) => ({
    access: 'write',
    dataOutBytes(cdb: WriteAtomic) {
      if (cdb.boundary !== 0) {
        throw invalidCdbField(
          `Cannot write atomically within boundaries of ${cdb.boundary} blocks: there is no limit `
          + 'for them in VPD page B0h', layout.fields.boundary.at);
      }
      const { lba, blockCount } = rangeOf(disk, layout, cdb, disk.limits.atomicBlocks);
      assertMultiple(disk, lba, layout.fields.lba.at);
      assertMultiple(disk, blockCount, layout.fields.blockCount.at);
      return blockCount * disk.blockBytes;
    },
    async run(_command, { lba: wide, blockCount }: WriteAtomic, parts) {
      const lba = Number(wide);
      if (blockCount > 0) {
        await disk.locks.hold(
          lba, blockCount, 'alone', () => disk.writeAtomically(lba, parts));
      }
      return { wantedBytes: blockCount * disk.blockBytes };
    },
  }));

/** Throws: SenseError. Source: SBC-4 6.6.4. */
function assertMultiple(disk: DiskUnit, blocks: number, at: number): void {
  const { atomicGranularity } = disk.limits;
  if (blocks % atomicGranularity === 0) return;
  throw invalidCdbField(`Cannot write atomically: ${blocks} is not a multiple of `
    + `${atomicGranularity} blocks`, at);
}

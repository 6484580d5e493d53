import { concat } from '../bytes/concat.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { orWrite16Cdb } from '../wire/sbc/cdbs.ts';
import { type BlockRange, family, rangeOf } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';

type OrWrite = BlockRange & { readonly fua: boolean };

/** ORWRITE: sets bits of blocks, alone on them meanwhile. Source: SBC-3 5.6. */
export const orWrite = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x8b, orWrite16Cdb]], (layout) => ({
    access: 'write',
    dataOutBytes: (cdb: OrWrite) => rangeOf(disk, layout, cdb).blockCount * disk.blockBytes,
    async run(_command, { lba: wide, blockCount, fua }: OrWrite, parts) {
      const lba = Number(wide);
      const given = concat(parts);
      if (blockCount === 0) return { wantedBytes: 0 };
      await disk.locks.hold(lba, blockCount, 'alone', async () => {
        const found = await disk.read(lba, given.length);
        for (let i = 0; i < given.length; i += 1) found[i]! |= given[i]!;
        await disk.write(lba, [found]);
      });
      await disk.settle(fua);
      return { wantedBytes: given.length };
    },
  }));

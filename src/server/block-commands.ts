import type { Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import {
  prefetch10Cdb, prefetch16Cdb, read10Cdb, read12Cdb, read16Cdb, read6Cdb, synchronizeCache10Cdb,
  synchronizeCache16Cdb, write10Cdb, write12Cdb, write16Cdb, write6Cdb,
} from '../wire/sbc/cdbs.ts';
import { type BlockRange, family, rangeOf, readBlocks } from './block-transfer.ts';
import { capacityCommands } from './capacity-commands.ts';
import { defectCommands } from './defect-commands.ts';
import type { DiskUnit } from './disk.ts';
import { formatUnit } from './format-unit.ts';
import { orWrite } from './or-write.ts';
import { provisioningCommands } from './provisioning-commands.ts';
import { sanitizeCommands } from './sanitize-commands.ts';
import { startStopUnit } from './start-stop-unit.ts';
import { verifyCommands } from './verify-commands.ts';
import { writeAtomic } from './write-atomic.ts';

/** FUA_NV and SYNC_NV are obsolete; initiators that know SBC-2 may set them. */
const FUA_NV = { 1: 0x02 };
const SYNC_NV = { 1: 0x04 };

type Transfer = BlockRange & { readonly fua: boolean };

/** The commands of a disk. Source: SBC-3 5. */
export const blockCommands = (disk: DiskUnit): CommandEntry[] => [
  ...readCommands(disk),
  ...writeCommands(disk),
  ...synchronizeCache(disk),
  ...prefetch(disk),
  ...verifyCommands(disk),
  ...provisioningCommands(disk),
  ...orWrite(disk),
  ...writeAtomic(disk),
  ...capacityCommands(disk),
  ...defectCommands(disk),
  ...formatUnit(disk),
  ...sanitizeCommands(disk),
  startStopUnit(disk),
];

/** READ(6) and WRITE(6) have no flags, and 0 blocks stand for 256. Source: SBC-3 5.10. */
type ShortTransfer = {
  readonly lbaHigh: number; readonly lbaLow: number; readonly blockCount: number;
};

const widened = ({ lbaHigh, lbaLow, blockCount }: ShortTransfer): Transfer =>
  ({ lba: lbaHigh * 0x1_0000 + lbaLow, blockCount: blockCount || 256, fua: false });

const readCommands = (disk: DiskUnit): CommandEntry[] => [
  ...family(disk, [[0x08, read6Cdb]], (layout) => ({
    access: 'read',
    run(command, cdb: ShortTransfer) {
      const { lba, blockCount } = rangeOf(disk, layout, widened(cdb));
      return readBlocks(disk, command, lba, blockCount);
    },
  })),
  ...family(disk, [[0x28, read10Cdb], [0xa8, read12Cdb], [0x88, read16Cdb]], (layout) => ({
    access: 'read', tolerates: FUA_NV,
    run(command, cdb: Transfer) {
      const { lba, blockCount } = rangeOf(disk, layout, cdb);
      const read = () => readBlocks(disk, command, lba, blockCount);
      // What is read past the cache must be on the medium. Source: SBC-3 4.15.1.
      return cdb.fua ? disk.flush().then(read) : read();
    },
  })),
];

/**
 * An initiator that offers less data than the CDB asks for has that much written, and is told of
 * the rest by the residual: what libiscsi asks of a target. Source: RFC 7143 11.4.5.2.
 */
const writeCommands = (disk: DiskUnit): CommandEntry[] => [
  ...family(disk, [[0x0a, write6Cdb]], (layout) => ({
    access: 'write', takesLess: true,
    dataOutBytes: (cdb: ShortTransfer) =>
      rangeOf(disk, layout, widened(cdb)).blockCount * disk.blockBytes,
    run: (_command, cdb: ShortTransfer, parts) => write(disk, widened(cdb), parts),
  })),
  ...family(disk, [[0x2a, write10Cdb], [0xaa, write12Cdb], [0x8a, write16Cdb]], (layout) => ({
    access: 'write', tolerates: FUA_NV, takesLess: true,
    dataOutBytes: (cdb: Transfer) => rangeOf(disk, layout, cdb).blockCount * disk.blockBytes,
    run: (_command, cdb: Transfer, parts) => write(disk, cdb, parts),
  })),
];

async function write(
  disk: DiskUnit, { lba, blockCount, fua }: Transfer, parts: readonly Uint8Array[],
): Promise<Result> {
  const wantedBytes = blockCount * disk.blockBytes;
  if (parts.length === 0) return { wantedBytes };
  await disk.locks.hold(Number(lba), blockCount, 'alone', () => disk.write(Number(lba), parts));
  if (fua || disk.isWriteThrough) await disk.flush();
  return { wantedBytes };
}

type Immediate = BlockRange & { readonly immed: boolean };

/** Everything is made durable, not the range alone; GOOD with IMMED comes then, too. */
const synchronizeCache = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x35, synchronizeCache10Cdb], [0x91, synchronizeCache16Cdb]], (layout) => ({
    access: 'read', whenReserved: 'conflict', tolerates: SYNC_NV,
    async run(_command, cdb: Immediate) {
      rangeOf(disk, layout, cdb, Number.POSITIVE_INFINITY);
      await disk.flush();
      return { wantedBytes: 0 };
    },
  }));

/** CONDITION MET tells that all of the blocks were taken into the cache. Source: SBC-3 5.8. */
const prefetch = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x34, prefetch10Cdb], [0x90, prefetch16Cdb]], (layout) => ({
    access: 'read',
    async run(_command, cdb: Immediate) {
      const { lba, blockCount } = rangeOf(disk, layout, cdb, Number.POSITIVE_INFINITY);
      const asked = blockCount === 0 ? disk.blockCount - lba : blockCount;
      const fetched = Math.min(asked, disk.limits.prefetchBlocks);
      await disk.locks.hold(lba, fetched, 'shared', () =>
        disk.read(lba, fetched * disk.blockBytes));
      return { status: fetched === asked ? 'conditionMet' : 'good', wantedBytes: 0 };
    },
  }));

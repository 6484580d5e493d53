import { concat } from '../bytes/concat.ts';
import type { ItNexus, Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import { getLbaStatusCdb, readCapacity10Cdb, readCapacity16Cdb } from '../wire/sbc/cdbs.ts';
import {
  capacity10, capacity16, LBA_32_MAX, lbaStatusData, lbaStatusDescriptor,
} from '../wire/sbc/data.ts';
import { family } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import { readFailure } from './medium-error.ts';
import { parameterData } from './parameter-data.ts';

/** Descriptors of one GET LBA STATUS: an initiator goes on behind the last one. */
const STATUS_DESCRIPTORS_MAX = 256;
const PROVISIONING = { mapped: 0, deallocated: 1 } as const;

type Allocation = { readonly allocationLength: number };

/** READ CAPACITY and GET LBA STATUS. Source: SBC-3 5.4, 5.15, 5.16. */
export const capacityCommands = (disk: DiskUnit): CommandEntry[] => [
  ...family(disk, [[0x25, readCapacity10Cdb]], () => ({
    access: 'read', whenReserved: 'query',
    async run({ nexus }): Promise<Result> {
      await grown(disk, nexus);
      return parameterData(capacity10.encode({
        lastLba: Math.min(disk.blockCount - 1, LBA_32_MAX), blockBytes: disk.blockBytes,
      }), capacity10.size);
    },
  })),
  ...family(disk, [[0x9e, readCapacity16Cdb, 0x10]], () => ({
    access: 'read', whenReserved: 'query',
    async run({ nexus }, { allocationLength }: Allocation): Promise<Result> {
      await grown(disk, nexus);
      return parameterData(longCapacity(disk), allocationLength);
    },
  })),
  ...family(disk, [[0x9e, getLbaStatusCdb, 0x12]], () => ({
    access: 'read',
    run: async (_command, cdb: Allocation & { lba: bigint }): Promise<Result> =>
      parameterData(await lbaStatus(disk, Number(cdb.lba), cdb.allocationLength),
        cdb.allocationLength),
  })),
];

/** Whoever asks is told of blocks that the image has got meanwhile; the others by a condition. */
async function grown(disk: DiskUnit, asking: ItNexus): Promise<void> {
  try {
    await disk.noticeGrowth(asking);
  } catch (error) {
    throw readFailure(error);
  }
}

const longCapacity = (disk: DiskUnit): Uint8Array => capacity16.encode({
  lastLba: BigInt(disk.blockCount - 1), blockBytes: disk.blockBytes,
  pType: 0, protEn: false, pIExponent: 0, physicalExponent: disk.physicalExponent,
  lbpme: true, lbprz: true, lowestAlignedHigh: 0, lowestAlignedLow: 0 });

/** At least one descriptor; its first block is the one asked for. */
async function lbaStatus(
  disk: DiskUnit, lba: number, allocationLength: number): Promise<Uint8Array> {
  if (lba >= disk.blockCount) {
    throw new SenseError('illegalRequest', 'lbaOutOfRange',
      `Cannot tell the status of block ${lba} of ${disk.name}: it has ${disk.blockCount}`);
  }
  const room = Math.floor((allocationLength - lbaStatusData.size) / lbaStatusDescriptor.size);
  const count = Math.max(1, Math.min(STATUS_DESCRIPTORS_MAX, room));
  const found: Uint8Array[] = [];
  for (let next = lba; next < disk.blockCount && found.length < count;) {
    const { blockCount, mapped } = await statusAt(disk, next);
    const told = Math.min(blockCount, LBA_32_MAX);
    found.push(lbaStatusDescriptor.encode({
      lba: BigInt(next), blockCount: told,
      status: mapped ? PROVISIONING.mapped : PROVISIONING.deallocated }));
    next += told;
  }
  const descriptors = concat(found);
  return lbaStatusData.encode({ dataLength: descriptors.length + 4, descriptors });
}

async function statusAt(
  disk: DiskUnit, lba: number): ReturnType<DiskUnit['image']['lbaStatus']> {
  try {
    return await disk.image.lbaStatus(lba);
  } catch (error) {
    throw readFailure(error);
  }
}

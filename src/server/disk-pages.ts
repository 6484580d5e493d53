import {
  blockCharacteristicsPage, blockLimitsPage, logicalBlockProvisioningPage,
} from '../wire/sbc/vpd.ts';
import type { DiskLimits } from './disk-limits.ts';
import { type VpdPage, vpdPage } from './vpd-pages.ts';

const DISK = 0x00;
const NOT_ROTATING = 1;
/** What a read of erased blocks does: WABEREQ and WACEREQ of page B1h. Source: SBC-4 6.6.2. */
const READS_END_WELL = 1;
const ZEROS = 1;
const THIN = 2;

/** Pages B0h, B1h and B2h of a disk. Source: SBC-3 6.5. */
export const diskVpdPages = (limits: DiskLimits, physicalBlocks: number): VpdPage[] => [
  vpdPage(0xb0, blockLimitsPage, DISK, () => ({
    compareAndWriteMax: limits.compareAndWriteBlocks,
    transferGranularity: physicalBlocks,
    transferMax: limits.transferBlocks,
    transferOptimal: limits.transferBlocks / 16,
    prefetchMax: limits.prefetchBlocks,
    unmapBlocksMax: limits.unmapBlocks,
    unmapDescriptorsMax: limits.unmapDescriptors,
    unmapGranularity: limits.unmapGranularity,
    ugaValid: true,
    writeSameMax: BigInt(limits.writeSameBlocks),
    atomicTransferMax: limits.atomicBlocks,
    atomicAlignment: limits.atomicGranularity,
    atomicGranularity: limits.atomicGranularity,
  })),
  vpdPage(0xb1, blockCharacteristicsPage, DISK, () => ({
    rotationRate: NOT_ROTATING, wabereq: READS_END_WELL, wacereq: READS_END_WELL })),
  vpdPage(0xb2, logicalBlockProvisioningPage, DISK, () => ({
    lbpu: true, lbpws: true, lbpws10: true, lbprz: ZEROS, provisioningType: THIN })),
];

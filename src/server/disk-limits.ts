import { ATOMIC_BYTES_MAX } from '../media/atomic-writes.ts';

/** What a disk does at most with one command. Told in VPD page B0h, enforced by the handlers. */
export interface DiskLimits {
  readonly transferBlocks: number;
  readonly compareAndWriteBlocks: number;
  readonly unmapBlocks: number;
  readonly unmapDescriptors: number;
  readonly writeSameBlocks: number;
  readonly atomicBlocks: number;
  /** An atomic write begins at a multiple of so many blocks, and has one. */
  readonly atomicGranularity: number;
  readonly prefetchBlocks: number;
  /** Blocks that can be unmapped without zeros being written. */
  readonly unmapGranularity: number;
}

const MIB = 1024 * 1024;
/** What file systems write as a whole, and give back. */
const HOST_BLOCK_BYTES = 4096;

export const diskLimits = (blockBytes: number): DiskLimits => ({
  transferBlocks: (16 * MIB) / blockBytes,
  compareAndWriteBlocks: 255,
  unmapBlocks: MIB,
  unmapDescriptors: 256,
  writeSameBlocks: (16 * MIB) / blockBytes,
  atomicBlocks: ATOMIC_BYTES_MAX / blockBytes,
  prefetchBlocks: (16 * MIB) / blockBytes,
  atomicGranularity: HOST_BLOCK_BYTES / blockBytes,
  unmapGranularity: HOST_BLOCK_BYTES / blockBytes,
});
